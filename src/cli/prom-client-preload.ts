/**
 * Loaded into a program before its own code. When the program has nothing more to do, or after a while, it sends what the
 * default register of prom-client holds, and ends the process.
 */

/** The entry points of prom-client under its names. A program can load several copies. */
const ENTRY =
  /[\\/]node_modules[\\/](prom-client|@platformatic[\\/]prom-client|@prometheus-io[\\/]client)[\\/]index\.js$/;

/** What the program sends. */
export interface RegisterMessage {
  readonly pages: readonly string[];
  readonly hints: readonly { readonly name: string; readonly labels: readonly string[]; readonly buckets?: number[] }[];
}

interface PromClient {
  readonly register: {
    metrics(): Promise<string>;
    getMetricsAsArray(): readonly { name: string; labelNames?: string[]; upperBounds?: number[] }[];
  };
}

let isSent = false;

async function send(): Promise<void> {
  if (isSent) return;
  isSent = true;
  const clients = Object.entries(require.cache)
    .filter(([path]) => ENTRY.test(path))
    .map(([, module]) => module?.exports as PromClient);
  const message: RegisterMessage = {
    pages: await Promise.all(clients.map(({ register }) => register.metrics())),
    hints: clients.flatMap(({ register }) =>
      register.getMetricsAsArray().map(({ name, labelNames = [], upperBounds }) => ({
        name,
        labels: labelNames,
        ...(upperBounds === undefined ? {} : { buckets: upperBounds }),
      })),
    ),
  };
  process.send?.(message, () => process.exit(0));
}

process.once('beforeExit', () => void send());
setTimeout(() => void send(), Number(process.env.METERBRIDGE_INIT_MILLIS)).unref();
