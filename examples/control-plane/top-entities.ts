const ANSWER_MILLIS = 5000;
const FIRST_LIMIT = 100;
const MAX_LIMIT = 100_000;

export interface Entity {
  readonly entity_id: string;
  readonly event_count: number;
}

/** The answer of one node: its entities with the most events. `null` if it does not answer. */
type Answer = readonly Entity[] | null;

export interface TopEntities {
  /** `null` if no node answers. */
  readonly entities: readonly Entity[] | null;
  readonly missing_nodes: readonly string[];
}

/**
 * Returns the entities with the most events over all nodes. An entity that is just below the limit on every node can be
 * among them, so more entities are requested until no other one can have more events.
 */
export async function topEntities(
  nodes: readonly { readonly id: string; readonly url: string }[],
  limit: number,
): Promise<TopEntities> {
  for (let asked = Math.max(limit, FIRST_LIMIT); ; asked *= 8) {
    const answers = await Promise.all(nodes.map(({ url }) => ask(url, asked)));
    const { top, isExact } = merge(answers, asked, limit);
    if (!isExact && asked < MAX_LIMIT) continue;
    return {
      entities: answers.every((answer) => answer === null) ? null : top,
      missing_nodes: nodes.filter((_, i) => answers[i] === null).map(({ id }) => id),
    };
  }
}

function merge(answers: readonly Answer[], asked: number, limit: number): { top: Entity[]; isExact: boolean } {
  const known = new Map<string, number>();
  for (const answer of answers) {
    for (const { entity_id, event_count } of answer ?? []) {
      known.set(entity_id, (known.get(entity_id) ?? 0) + event_count);
    }
  }
  const sorted = [...known].sort(([, a], [, b]) => b - a);
  const top = sorted.slice(0, limit).map(([entity_id, event_count]) => ({ entity_id, event_count }));
  // What an entity can have at most on the nodes that did not list it.
  const most = (entity: string | undefined) =>
    answers.reduce((sum, answer) => {
      if (answer === null || answer.length < asked) return sum;
      const isListed = entity !== undefined && answer.some(({ entity_id }) => entity_id === entity);
      return isListed ? sum : sum + (answer.at(-1)?.event_count ?? 0);
    }, 0);
  if (most(undefined) === 0) return { top, isExact: true };
  const last = top.at(-1)?.event_count ?? 0;
  const isExact =
    top.every(({ entity_id }) => most(entity_id) === 0) &&
    most(undefined) <= last &&
    sorted.slice(limit).every(([entity, count]) => count + most(entity) <= last);
  return { top, isExact };
}

async function ask(url: string, limit: number): Promise<Answer> {
  try {
    const response = await fetch(`${url}/api/v1/entities?limit=${limit}`, {
      signal: AbortSignal.timeout(ANSWER_MILLIS),
    });
    return response.ok ? ((await response.json()) as { entities: Entity[] }).entities : null;
  } catch {
    return null;
  }
}
