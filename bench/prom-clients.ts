import type * as promClient from 'prom-client';

export type PromClient = typeof promClient;

/** The Prometheus clients that are installed: prom-client, its faster fork, and on newer Node.js its successor. */
export async function promClients(): Promise<{ name: string; client: PromClient }[]> {
  const clients: { name: string; client: PromClient }[] = [];
  for (const name of ['prom-client', '@platformatic/prom-client', '@prometheus-io/client']) {
    try {
      const loaded = (await import(name)) as PromClient & { default?: PromClient };
      clients.push({ name, client: loaded.default ?? loaded });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    }
  }
  return clients;
}
