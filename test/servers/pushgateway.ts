import { join } from 'node:path';
import { type Child, canRun, freePort, programPath, ROOT, run, until } from './processes';

const INSTALL = 'run .ci/pushgateway, which unpacks it from Debian';
const program = programPath('prometheus-pushgateway', join(ROOT, '.cache/prometheus-pushgateway/usr/bin'));

export const hasPushgateway = canRun(program, 'prometheus-pushgateway', INSTALL);

/** A real Pushgateway on the loopback. */
export class Pushgateway {
  private constructor(
    readonly url: string,
    private readonly child: Child,
  ) {}

  static async start(): Promise<Pushgateway> {
    if (program === undefined) throw new Error(`prometheus-pushgateway is missing: ${INSTALL}`);
    const address = `127.0.0.1:${await freePort()}`;
    const child = run(program, [`--web.listen-address=${address}`]);
    const server = new Pushgateway(`http://${address}`, child);
    await until(async () => ((await fetch(`${server.url}/-/ready`)).ok ? true : undefined));
    return server;
  }

  /** Returns the page that Prometheus scrapes. */
  async page(): Promise<string> {
    return (await fetch(`${this.url}/metrics`)).text();
  }

  async stop(): Promise<void> {
    await this.child.stop();
  }
}
