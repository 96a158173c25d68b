import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { styleFor } from '../../src/cli/console';
import { formatText } from '../../src/cli/format';
import { ROOT, run, until } from '../servers/processes';
import { meterbridge } from './command-line';

describe('the command line', () => {
  it.each([[[]], [['--help']], [['-h']], [['help']]])('lists its commands for the arguments %j', async (args) => {
    const { code, stdout } = await meterbridge(ROOT, ...args);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: meterbridge/);
    expect(stdout).toMatch(/^ {2}generate /m);
  });

  it('prints the usage of a command for --help', async () => {
    const { code, stdout } = await meterbridge(ROOT, 'generate', '--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: meterbridge generate \[options\] <folder...>/);
    expect(stdout).toContain('Exit codes:');
  });

  it('prints the version of the package', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(await meterbridge(ROOT, '--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('names the nearest command for an unknown one, and exits with 2', async () => {
    const { code, stdout, stderr } = await meterbridge(ROOT, 'genrate');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/unknown command 'genrate'\n\(Did you mean generate\?\)/);
  });

  it.each([[['--nonsense']], [[]]])('exits with 2 for the invalid arguments %j of generate', async (args) => {
    const { code, stdout, stderr } = await meterbridge(ROOT, 'generate', ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: .+\nRun the command with --help/);
  });
});

describe('the findings of a command', () => {
  const CASE = 'test/registry/cases/unknown-key';
  const FILE = `${CASE}/registry/metrics.yaml`;

  it('are lines with place, severity, code and reason, without colours outside a terminal', async () => {
    const { code, stdout } = await meterbridge(ROOT, 'generate', CASE);
    expect(code).toBe(1);
    expect(stdout).toMatch(new RegExp(`^${FILE}:6:5: error \\[unknown_key\\] unknown key "breif"`));
    expect(stdout).toMatch(/\n2 errors\n$/);
    expect(stdout).not.toContain('\u001b');
  });

  it('are JSON with --json', async () => {
    const { code, stdout } = await meterbridge(ROOT, 'generate', CASE, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      findings: [
        { code: 'unknown_key', severity: 'error', file: FILE, line: 6, column: 5 },
        { code: 'missing_value', severity: 'error', file: FILE, line: 3, column: 5 },
      ],
    });
  });

  it('are a SARIF log with --sarif', async () => {
    const { code, stdout } = await meterbridge(ROOT, 'generate', CASE, '--sarif');
    expect(code).toBe(1);
    const physicalLocation = { artifactLocation: { uri: FILE }, region: { startLine: 6, startColumn: 5 } };
    expect(JSON.parse(stdout)).toMatchObject({
      version: '2.1.0',
      runs: [
        {
          tool: { driver: { name: 'meterbridge', rules: [{ id: 'unknown_key' }, { id: 'missing_value' }] } },
          results: [{ ruleId: 'unknown_key', level: 'error', locations: [{ physicalLocation }] }, {}],
        },
      ],
    });
  });

  it('include a file that cannot be read, for which the command exits with 2', async () => {
    expect((await meterbridge(ROOT, 'generate', 'nowhere')).code).toBe(2);
  });
});

describe('the output of a command', () => {
  it('has colours on a terminal that has them only', () => {
    const finding = { code: 'x', severity: 'error', message: 'm', file: 'f', line: 1, column: 2 } as const;
    const stream = (isTTY: boolean, hasColors: boolean) =>
      ({ isTTY, hasColors: () => hasColors }) as unknown as NodeJS.WriteStream;
    expect(formatText([finding], styleFor(stream(true, true)))).toContain('\u001b[31merror\u001b[39m');
    for (const plain of [stream(true, false), stream(false, true)]) {
      expect(formatText([finding], styleFor(plain))).toBe('f:1:2: error [x] m\n1 error\n');
    }
  });

  it('shows what a slow command does, on the standard error output', async () => {
    let isProgressShown = () => false;
    // The endpoint answers when the progress is shown.
    const server = createServer(async (_, response) => {
      await until(() => (isProgressShown() ? true : undefined));
      response.end('a 1\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
      const child = run(process.execPath, [join(ROOT, 'dist/cli/main.js'), 'lint', '--cardinality', url]);
      isProgressShown = () => child.stderr().includes(`reading ${url} ...\n`);
      expect((await child.ended).code, child.stderr()).toBe(0);
      expect(child.stdout()).toMatch(/^family +series/);
    } finally {
      server.close();
    }
  });
});
