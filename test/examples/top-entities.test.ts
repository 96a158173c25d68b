import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { topEntities } from '../../examples/control-plane/top-entities';

type Counts = readonly (readonly [entity: string, events: number])[];

/** 300 entities of a node that are only on this one, with 1,000 events and fewer. */
const ownEntities = (node: string): Counts => Array.from({ length: 300 }, (_, i) => [`${node}-${i}`, 1000 - i]);

describe('the top entities of the control plane, over nodes that list a part of their entities', () => {
  const limits: number[] = [];
  const servers: Server[] = [];
  const nodes: { id: string; url: string }[] = [];
  beforeAll(async () => {
    for (const node of ['a', 'b']) {
      // The entity "both" is behind 200 others on each node, and has more events than any on both together.
      const entities = [...ownEntities(node), ['both', 800] as const].sort(([, x], [, y]) => y - x);
      const server = createServer((request, response) => {
        const limit = Number(new URL(request.url ?? '', 'http://node').searchParams.get('limit'));
        limits.push(limit);
        const listed = entities.slice(0, limit).map(([entity_id, event_count]) => ({ entity_id, event_count }));
        response.end(JSON.stringify({ entities: listed }));
      }).listen(0, '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
      servers.push(server);
      nodes.push({ id: node, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    }
  });
  afterAll(() => {
    for (const server of servers) server.close();
  });

  it('an entity that is below the first answer of every node is found, because more entities are requested', async () => {
    expect(await topEntities(nodes, 2)).toEqual({
      entities: [
        { entity_id: 'both', event_count: 1600 },
        { entity_id: 'a-0', event_count: 1000 },
      ],
      missing_nodes: [],
    });
    expect(new Set(limits)).toEqual(new Set([100, 800]));
  });

  it('a node that does not answer is listed as missing, and the others are added up', async () => {
    const { entities, missing_nodes } = await topEntities([...nodes, { id: 'c', url: 'http://127.0.0.1:9' }], 1);
    expect(entities).toEqual([{ entity_id: 'both', event_count: 1600 }]);
    expect(missing_nodes).toEqual(['c']);
  });
});
