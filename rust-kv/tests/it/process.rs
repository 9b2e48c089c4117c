//! The program itself: what it prints, and how it ends.

use std::{
    io::{BufRead, BufReader, Read},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, ChildStdin, Command, ExitStatus, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::client::{Client, request};

/// Against tests that hang; it decides no outcome.
const GUARD: Duration = Duration::from_secs(60);

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rust-kv"));
    command
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs to its end a program that is not expected to serve.
fn run(args: &[&str]) -> Output {
    command(args).output().unwrap()
}

pub(crate) struct Program {
    child: Child,
    /// The program ends when this does.
    stdin: Option<ChildStdin>,
    line: Value,
}

impl Program {
    fn start(args: &[&str]) -> Self {
        Self::start_with(args, &[])
    }

    pub(crate) fn start_with(args: &[&str], env: &[(&str, &str)]) -> Self {
        let mut child = command(args).envs(env.iter().copied()).spawn().unwrap();
        let stdin = child.stdin.take();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let line = serde_json::from_str(&line).unwrap();
        Self { child, stdin, line }
    }

    fn addr(&self, field: &str) -> SocketAddr {
        self.line[field].as_str().unwrap().parse().unwrap()
    }

    pub(crate) fn connect(&self) -> Client {
        Client::connect(self.addr("addr"))
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let status = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(status.unwrap().success());
    }

    fn wait(&mut self) -> ExitStatus {
        let deadline = Instant::now() + GUARD;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "it does not end");
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn ends_well(&mut self) {
        assert_eq!(self.wait().code(), Some(0));
        let mut stderr = String::new();
        let pipe = self.child.stderr.as_mut().unwrap();
        pipe.read_to_string(&mut stderr).unwrap();
        assert_eq!(stderr, "");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_listening_line_says_where_and_who() {
    let program = Program::start(&["--workers", "3"]);
    let line = &program.line;
    assert_eq!(line["event"], "listening");
    assert_eq!(line["name"], "rust-kv");
    assert_eq!(line["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(line["pid"], program.child.id());
    assert_eq!(line["workers"], 3);
    assert_eq!(line.as_object().unwrap().len(), 7);
    assert_eq!(program.connect().ask("GET", "/k").status, 404);
    let mut admin = Client::connect(program.addr("adminAddr"));
    assert_eq!(admin.ask("GET", "/health").text(), (200, "ok"));
}

#[test]
fn by_default_there_is_a_worker_for_each_cpu() {
    let program = Program::start(&[]);
    let cpus = thread::available_parallelism().unwrap().get();
    assert_eq!(program.line["workers"], cpus);
}

#[test]
fn signals_and_the_end_of_input_stop_it() {
    for (args, status) in [(&[][..], 404), (&["--null", "1"], 200)] {
        for stop in ["TERM", "INT", "input"] {
            let mut program = Program::start(args);
            let mut idle = program.connect();
            assert_eq!(idle.ask("GET", "/k").status, status);
            // One that has not asked anything yet.
            let _fresh = program.connect();
            match stop {
                "input" => drop(program.stdin.take()),
                signal => program.signal(signal),
            }
            program.ends_well();
            assert_eq!(idle.rest(), b"");
        }
    }
}

#[test]
fn a_request_under_way_is_answered_and_a_new_one_is_not() {
    let mut program = Program::start(&[]);
    let mut client = program.connect();
    client.send("POST / HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\n");
    client.send("Content-Length: 3\r\n\r\n");
    // The handler is waiting for the body once this has come.
    assert_eq!(client.line(), "HTTP/1.1 100 Continue");
    assert_eq!(client.line(), "");
    program.signal("TERM");
    while TcpStream::connect(program.addr("addr")).is_ok() {
        thread::yield_now();
    }
    client.send("a=b");
    let answer = client.answer();
    assert_eq!(answer.text(), (200, "Key inserted"));
    assert_eq!(answer.header("connection"), Some("close"));
    assert_eq!(client.rest(), b"");
    program.ends_well();
}

#[test]
fn a_null_target_answers_what_is_under_way_too() {
    let rest = "ost: test\r\nContent-Length: 3\r\n\r\na=b";
    for point in [1, rest.len() - 1] {
        let mut program = Program::start(&["--null", "1"]);
        let mut client = program.connect();
        // One read brings both, so the answer to the first shows that the second
        // has been begun.
        let begun = format!("POST / HTTP/1.1\r\nH{}", &rest[..point]);
        client.send([request("GET", "/k"), begun.into_bytes()].concat());
        assert_eq!(client.answer().text(), (200, "x"));
        program.signal("TERM");
        while TcpStream::connect(program.addr("addr")).is_ok() {
            thread::yield_now();
        }
        client.send(&rest[point..]);
        // Whether it says so depends on whether the worker has heard of the end yet.
        assert_eq!(client.answer().text(), (200, "Key inserted"));
        assert_eq!(client.rest(), b"");
        program.ends_well();
    }
}

#[test]
fn a_client_that_stalls_does_not_keep_it() {
    // Both at once: each takes its time.
    let stalled = [&[][..], &["--null", "1"]].map(|args| {
        let program = Program::start(args);
        let mut client = program.connect();
        client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\n\r\na=");
        program.signal("TERM");
        (program, client)
    });
    for (mut program, _client) in stalled {
        program.ends_well();
    }
}

#[test]
fn a_taken_port_is_one_line_and_1() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    for flag in ["--addr", "--admin-addr"] {
        let output = run(&[flag, &addr]);
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(output.stdout, b"");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(stderr.contains(&addr), "{stderr}");
    }
}

#[test]
fn a_bad_flag_is_2() {
    for args in [
        &["--nonsense"][..],
        &["--workers", "0"],
        &["--addr", "x"],
        &["--null", "1048513"],
    ] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(output.stdout, b"");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains("--help"), "{stderr}");
    }
}

#[test]
fn help_and_version() {
    let output = run(&["--help"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stdout.starts_with(b"Usage: rust-kv"));
    let output = run(&["--version"]);
    assert_eq!(output.status.code(), Some(0));
    let version = concat!("rust-kv ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(output.stdout, version.as_bytes());
}
