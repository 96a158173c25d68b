import { compareSync, hashSync } from 'bcryptjs';
import { afterEach, describe, expect, it } from 'vitest';
import { hashesToCompute, PasswordVerifier, VerifierBusyError } from '../../src/http/password-verifier';
import { ROOT, run } from '../servers/processes';

const verifiers: PasswordVerifier[] = [];
afterEach(() => {
  for (const verifier of verifiers.splice(0)) verifier.close();
});

function create(hashes: Record<string, string>): PasswordVerifier {
  const verifier = new PasswordVerifier(new Map(Object.entries(hashes)));
  verifiers.push(verifier);
  return verifier;
}

const cheap = hashSync('builder', 4);

describe('PasswordVerifier', () => {
  it('accepts the password of the user alone', async () => {
    const verifier = create({ alice: hashSync('wonder:land', 4), bob: cheap });
    expect(await verifier.verify('client', 'alice', 'wonder:land')).toBe(true);
    expect(await verifier.verify('client', 'alice', 'builder')).toBe(false);
    expect(await verifier.verify('client', 'bob', 'builder')).toBe(true);
    expect(await verifier.verify('client', 'bob', '')).toBe(false);
    expect(await verifier.verify('client', 'carol', 'builder')).toBe(false);
    expect(await verifier.verify('client', '__proto__', 'builder')).toBe(false);
  });

  it.each(['$2a$', '$2b$', '$2y$', '$2x$', '$2$'])('reads hashes that begin with %s', async (prefix) => {
    expect(await create({ bob: cheap.replace('$2b$', prefix) }).verify('client', 'bob', 'builder')).toBe(true);
  });

  it('works as much for a cheap hash and an unknown user as for the most expensive hash', () => {
    const rounds = (hashes: readonly string[]) => hashes.reduce((sum, hash) => sum + 2 ** Number(hash.slice(4, 6)), 0);
    expect(rounds(hashesToCompute(cheap, 4))).toBe(2 ** 4);
    expect(rounds(hashesToCompute(cheap, 10))).toBe(2 ** 10);
    expect(rounds(hashesToCompute(undefined, 10))).toBe(2 ** 10);
    // bcryptjs computes what is counted here: it would refuse a hash that is malformed.
    for (const hash of hashesToCompute(cheap, 6)) expect(compareSync('x', hash)).toBe(false);
  });

  it('PasswordVerifier leaves the event loop free', async () => {
    const verifier = create({ alice: hashSync('x', 11) });
    let turns = 0;
    let isDone = false;
    const verified = verifier.verify('client', 'alice', 'x').finally(() => {
      isDone = true;
    });
    while (!isDone) {
      turns++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await verified).toBe(true);
    // On this thread, the hash would take its time in one turn or a few.
    expect(turns).toBeGreaterThan(100);
  });

  it('rejects passwords when too many wait, and accepts them again afterwards', async () => {
    const verifier = create({ bob: cheap });
    const results = await Promise.allSettled(
      Array.from({ length: 50 }, () => verifier.verify('client', 'bob', 'builder')),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(33);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(VerifierBusyError);
    }
    expect(await verifier.verify('client', 'bob', 'builder')).toBe(true);
  });

  it('PasswordVerifier lets clients take turns', async () => {
    const verifier = create({ bob: cheap });
    const order: string[] = [];
    const verify = (client: string) => verifier.verify(client, 'bob', 'builder').then(() => order.push(client));
    await Promise.all([...Array.from({ length: 10 }, () => verify('many')), verify('other'), verify('third')]);
    expect(order.slice(0, 4)).toEqual(['many', 'many', 'other', 'third']);
  });

  it('rejects what is pending when it is closed', async () => {
    const verifier = create({ bob: hashSync('x', 12) });
    const pending = verifier.verify('client', 'bob', 'x');
    verifier.close();
    await expect(pending).rejects.toBeInstanceOf(VerifierBusyError);
    await expect(verifier.verify('client', 'bob', 'x')).rejects.toBeInstanceOf(VerifierBusyError);
  });

  it('neither keeps the process alive, though its worker is idle, nor runs the preloaded modules of the app', async () => {
    const program = `
      const { isMainThread } = require('node:worker_threads');
      console.log(isMainThread ? 'app' : 'preloaded in a worker');
      const { HttpServer } = require(${JSON.stringify(ROOT)});
      const web = { basicAuthUsers: { a: ${JSON.stringify(cheap)} } };
      const handler = (request, response) => response.end('ok');
      const server = new HttpServer({ host: '127.0.0.1', port: 0 }, [{ path: '/', handler }], { web });
      const headers = { connection: 'close' };
      server.start().then(async () => {
        const url = 'http://127.0.0.1:' + server.port;
        console.log((await fetch(url, { headers })).status);
        headers.authorization = 'Basic ' + btoa('a:builder');
        console.log((await fetch(url, { headers })).status);
      });`;
    const preload = `data:text/javascript,${encodeURIComponent("console.log('preloaded')")}`;
    const child = run(process.execPath, ['-e', program], {
      env: { ...process.env, NODE_OPTIONS: `--import ${preload}` },
    });
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(child.stdout()).toBe('preloaded\napp\n401\n200\n');
    expect(child.stderr()).toBe('');
  });
});
