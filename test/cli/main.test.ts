import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../servers/processes';
import { meterbridge } from './command-line';

describe('the command line', () => {
  it.each([[[]], [['--help']], [['-h']], [['help']]])('lists its commands for the arguments %j', async (args) => {
    const { code, stdout } = await meterbridge(ROOT, ...args);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^meterbridge COMMAND/);
    expect(stdout).toContain('  generate ');
  });

  it('prints the usage of a command for --help', async () => {
    const { code, stdout } = await meterbridge(ROOT, 'generate', '--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^meterbridge generate FOLDER/);
  });

  it('prints the version of the package', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(await meterbridge(ROOT, '--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('names the unknown command and the known ones, and exits with 2', async () => {
    const { code, stdout, stderr } = await meterbridge(ROOT, 'genrate');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/unknown command "genrate": expected one of generate/);
  });

  it.each([[['--nonsense']], [[]]])('exits with 2 for the invalid arguments %j of generate', async (args) => {
    const { code, stdout, stderr } = await meterbridge(ROOT, 'generate', ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^meterbridge: generate: .+run "meterbridge generate --help"/);
  });
});
