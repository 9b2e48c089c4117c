import type { DirectoryFacts, ServerKind } from './kind.js';

/** Jars are made of the same bytes only where they are all of one time. */
const reproducible = '-Dproject.build.outputTimestamp=1980-01-01T00:00:02Z';

export const java: ServerKind = {
  markers: ['pom.xml'],
  draft(facts) {
    const { artifactId, version } = projectOf(facts);
    return {
      name: artifactId ?? facts.name,
      build: {
        command: ['mvn', '--batch-mode', '--quiet', '-DskipTests', reproducible, 'package'],
        inputs: ['src/main/**', 'pom.xml'],
        artifact: `target/${artifactId ?? facts.name}-${version ?? '1.0'}.jar`,
      },
      // Spring Boot takes its port from nothing that others use.
      command: ['java', '-jar', '{artifact}', ...(isSpring(facts) ? ['--server.port={port}'] : [])],
    };
  },
  toolchainSteps: () => `      - uses: actions/setup-java@v4
        with:
          distribution: temurin
          java-version: 21
          cache: maven
`,
};

function isSpring({ markers }: DirectoryFacts): boolean {
  return (markers['pom.xml'] ?? '').includes('<groupId>org.springframework.boot</groupId>');
}

/** The project's own names, which are not those of its parent or of what it depends on. */
function projectOf({ markers }: DirectoryFacts): { artifactId?: string; version?: string } {
  const own = (markers['pom.xml'] ?? '')
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(
      /<(parent|dependencies|dependencyManagement|build|profiles|plugins)>[\s\S]*?<\/\1>/g,
      '',
    );
  const [, artifactId] = /<artifactId>\s*([\w.-]+)\s*</.exec(own) ?? [];
  const [, version] = /<version>\s*([\w.-]+)\s*</.exec(own) ?? [];
  return { ...(artifactId && { artifactId }), ...(version && { version }) };
}
