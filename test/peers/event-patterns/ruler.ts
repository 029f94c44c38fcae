import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { cached } from '../../support/cache';
import { run } from '../../support/installs';
import { VERSIONS } from '../../support/versions';

/** Which of the patterns (by index) match an event. */
export interface RulerVerdict {
  /** By one machine that holds all patterns, as an event bus does. */
  readonly together: readonly number[];
  /** By a machine for each. */
  readonly each: readonly number[];
}

/** Asks event-ruler, the matcher of EventBridge; one verdict for each event. A pattern that EventBridge would refuse throws. */
export function askRuler(patterns: readonly object[], events: readonly object[]): RulerVerdict[] {
  const lines = (items: readonly object[]) => items.map((item) => JSON.stringify(item)).join('\n');
  const program = path.join(__dirname, 'Matcher.java');
  const input = `${lines(patterns)}\n\n${lines(events)}\n`;
  const output = run('java', ['-cp', `${ruler()}${path.sep}*`, program], { input });
  return output.split('\n').slice(0, -1).map((line) => {
    const [together, each] = line.split('|').map((numbers) => numbers.split(' ').filter((number) => number !== '').map(Number).sort((a, b) => a - b));
    return { together, each };
  });
}

/** The folder with event-ruler's jars. */
function ruler(): string {
  const version = VERSIONS.eventRuler;
  return cached('event-ruler', version, (folder) => {
    const began = Date.now();
    writeFileSync(path.join(folder, 'pom.xml'), `
      <project xmlns="http://maven.apache.org/POM/4.0.0">
        <modelVersion>4.0.0</modelVersion>
        <groupId>peers</groupId><artifactId>event-patterns</artifactId><version>1</version>
        <dependencies>
          <dependency><groupId>software.amazon.event.ruler</groupId><artifactId>event-ruler</artifactId><version>${version}</version></dependency>
        </dependencies>
      </project>
    `);
    run('mvn', ['--quiet', '--batch-mode', 'dependency:copy-dependencies', `-DoutputDirectory=${folder}`], { cwd: folder });
    console.log(`event-ruler ${version} installed: ${((Date.now() - began) / 1000).toFixed(0)} s`);
  });
}
