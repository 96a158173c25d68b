import { Document, isMap, isSeq, type Node, type Pair, type YAMLMap } from 'yaml';

/** Begins the comment of a guess. */
export const CONFIRM = 'CONFIRM: ';

/** A value that was guessed, and what its reader has to confirm. */
export interface Guessed {
  readonly value: unknown;
  readonly confirm: string;
}

/** Marks a value as guessed. The mark becomes a comment above its line. */
export function guessed(value: unknown, confirm: string): Guessed {
  return { value, confirm };
}

/**
 * Returns a YAML document of plain values and of {@link Guessed} ones. A property whose value is `undefined` is left out.
 *
 * @param comment the lines above the document
 */
export function registryYaml(content: object, comment: string): string {
  const marks = new Map<string, string>();
  const document = new Document(plain(content, '', marks));
  document.commentBefore = comment
    .split('\n')
    .map((line) => ` ${line}`)
    .join('\n');
  addComments(document.contents as Node, '', marks);
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

/** Returns a value without its marks, and collects them by path. */
function plain(value: unknown, path: string, marks: Map<string, string>): unknown {
  if (Array.isArray(value)) return value.map((item, i) => plain(item, `${path}/${i}`, marks));
  if (typeof value !== 'object' || value === null) return value;
  if (isGuessed(value)) {
    marks.set(path, value.confirm);
    return plain(value.value, path, marks);
  }
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [key, plain(item, `${path}/${key}`, marks)]));
}

function isGuessed(value: object): value is Guessed {
  return 'confirm' in value && 'value' in value;
}

function addComments(node: unknown, path: string, marks: ReadonlyMap<string, string>): void {
  if (isMap(node)) {
    for (const pair of (node as YAMLMap<Node, Node>).items) {
      const at = `${path}/${keyOf(pair)}`;
      const mark = marks.get(at);
      if (mark !== undefined) pair.key.commentBefore = ` ${CONFIRM}${mark}`;
      addComments(pair.value, at, marks);
    }
  } else if (isSeq(node)) {
    node.flow = node.items.every((item) => !isMap(item) && !isSeq(item));
    node.items.forEach((item, i) => {
      const at = `${path}/${i}`;
      const mark = marks.get(at);
      if (mark !== undefined && isMap(item)) item.commentBefore = ` ${CONFIRM}${mark}`;
      addComments(item, at, marks);
    });
  }
}

function keyOf({ key }: Pair<Node, Node>): string {
  return String((key as unknown as { value: unknown }).value);
}
