import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cli, ownDirs } from '../helpers/cli.js';
import { missingOf } from '../helpers/programs.js';
import { directoryWith } from '../helpers/project.js';

let dirs: Awaited<ReturnType<typeof ownDirs>>;
beforeEach(async () => {
  dirs = await ownDirs();
});
afterEach(() => dirs.remove());

interface Project {
  programs: string[];
  files: Record<string, string>;
}

/** Of each kind of server a small one that needs nothing besides its language. */
const projects: Record<string, Project> = {
  node: {
    programs: ['node'],
    files: {
      'package.json': '{"type":"module"}',
      'server.js': `
import { createServer } from 'node:http';
createServer((_, response) => response.end('ok')).listen(process.env.PORT, '127.0.0.1');
`,
    },
  },
  go: {
    programs: ['go'],
    files: {
      'go.mod': 'module example.com/shop\n',
      'main.go': `package main

import (
	"net/http"
	"os"
)

func main() {
	panic(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), http.HandlerFunc(
		func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })))
}
`,
    },
  },
  rust: {
    programs: ['cargo'],
    files: {
      'Cargo.toml': '[package]\nname = "shop"\nversion = "0.1.0"\nedition = "2021"\n',
      'src/main.rs': `use std::io::{BufRead, BufReader, Write};

fn main() {
    let port = std::env::var("PORT").expect("a port");
    let listener = std::net::TcpListener::bind(format!("127.0.0.1:{port}")).expect("it is free");
    for stream in listener.incoming().flatten() {
        std::thread::spawn(move || {
            let mut writer = stream.try_clone().expect("a second handle");
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                if line.is_empty() {
                    let _ = writer.write_all(b"HTTP/1.1 200 OK\\r\\ncontent-length: 2\\r\\n\\r\\nok");
                }
            }
        });
    }
}
`,
    },
  },
  python: {
    programs: ['python3'],
    files: {
      'requirements.txt': '',
      'app.py': `
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"ok")


ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
`,
    },
  },
  ruby: {
    programs: ['ruby', 'bundle'],
    files: {
      Gemfile: '',
      'app.rb': `
require 'socket'

server = TCPServer.new('127.0.0.1', Integer(ENV.fetch('PORT')))
loop do
  Thread.new(server.accept) do |client|
    while (line = client.gets)
      client.write "HTTP/1.1 200 OK\\r\\ncontent-length: 2\\r\\n\\r\\nok" if line == "\\r\\n"
    end
  end
end
`,
    },
  },
  php: {
    programs: ['php'],
    files: { 'composer.json': '{}', 'public/index.php': "<?php echo 'ok';\n" },
  },
};

describe('what is written for a project starts its server', () => {
  for (const [kind, { programs, files }] of Object.entries(projects)) {
    const absent = missingOf(programs);
    const why = absent.length > 0 ? ` (not installed: ${absent.join(', ')})` : '';
    test.skipIf(absent.length > 0)(`${kind}${why}`, async () => {
      const { dir, remove } = await directoryWith(files);
      try {
        const options = { cwd: dir, env: dirs.env };
        expect(await cli(['init', '--name', 'shop'], options)).toMatchObject({ code: 0 });
        const { code, stdout, stderr } = await cli(['check'], options);
        expect(stderr).not.toContain('error');
        expect(stdout).toContain('shop: answers as described, 1 of 1 request passes');
        expect(code).toBe(0);
      } finally {
        await remove();
      }
    });
  }
});
