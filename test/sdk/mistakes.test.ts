import { type DiagLogger, diag } from '@opentelemetry/api';
import { ConfigurationError, type Sdk, type StartOptions, start } from 'meterbridge';
import { hodei } from 'meterbridge/systems/hodei';
import { afterEach, describe, expect, expectTypeOf, it } from 'vitest';
import { PrivateLogger } from '../diagnostics';

const QUIET = { http: false, prometheus: { server: false } } as const;

let sdk: Sdk | undefined;
afterEach(async () => {
  await sdk?.shutdown();
  sdk = undefined;
  diag.disable();
});

async function issuesOf(options: unknown): Promise<unknown[]> {
  const error = await start(options as StartOptions).catch((reason) => reason);
  expect(error).toBeInstanceOf(ConfigurationError);
  return (error as ConfigurationError).issues.map(({ code, path, expected }) => ({ code, path, expected }));
}

describe('mistakes in the options of start()', () => {
  it.each([
    ['systems', 'hodei', 'a list of facades'],
    ['systems', ['hodei'], 'a list of facades'],
    ['catalogs', {}, 'a list of catalogs'],
    ['exporters', 'prometheus', 'a list of prometheus'],
    ['views', {}, 'a list of views'],
    ['readers', {}, 'a list of metric readers'],
    ['prometheus', true, 'an object'],
  ])('%s: %j is an error that says what is expected', async (option, value, expected) => {
    expect(await issuesOf({ [option]: value })).toEqual([
      { code: 'invalid_value', path: option, expected: expect.stringContaining(expected) },
    ]);
  });

  it.each([
    [{ sytems: [hodei] }, 'sytems', 'systems'],
    [{ prometheus: { prot: 1 } }, 'prometheus.prot', 'prometheus.port'],
    [{ http: { ingore: [] } }, 'http.ingore', 'http.ignore'],
    [{ regsitry: './metrics' }, 'regsitry', 'registry'],
  ])('%j is an error that names the nearest option', async (options, path, nearest) => {
    expect(await issuesOf(options)).toEqual([{ code: 'unknown_name', path, expected: nearest }]);
  });

  it.each([[null], ['hodei'], [7]])('%j instead of options is an error', async (options) => {
    expect(await issuesOf(options)).toEqual([expect.objectContaining({ code: 'invalid_value', path: 'options' })]);
  });

  it('lists every mistake at once', async () => {
    expect(await issuesOf({ systems: 'hodei', exporters: 'otlp', port: 1 })).toHaveLength(3);
  });
});

describe('the options of start()', () => {
  it('count as not given if they are undefined', async () => {
    const condition = false as boolean;
    sdk = await start({
      ...QUIET,
      serviceName: undefined,
      systems: condition ? [hodei] : undefined,
      prometheus: { server: false, port: condition ? 1 : undefined },
    });
    expect((await sdk.scrape()).status).toBe(200);
  });

  it('give an SDK whose type holds any SDK', async () => {
    let held: Awaited<ReturnType<typeof start>> = await start({ ...QUIET, systems: [hodei] });
    await held.shutdown();
    held = await start(QUIET);
    expectTypeOf(held).toEqualTypeOf<Sdk>();
    sdk = held;
  });

  it("keep the app's own diag logger", async () => {
    const logger = new PrivateLogger();
    diag.setLogger(logger);
    sdk = await start({ ...QUIET, systems: [hodei] });
    hodei.incrementWorkersRegistered();
    hodei.instruments.jobsScheduledTotal.inc({} as never);
    diag.warn('from the app');
    expect(logger.logged).toEqual([expect.stringContaining('meterbridge label: '), 'from the app']);
    expectTypeOf(logger).toExtend<DiagLogger>();
  });
});
