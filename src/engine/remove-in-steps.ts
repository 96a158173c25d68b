import { STEP_SIZE } from '../turns';

/**
 * Removes entries of a list, which changes the order of the others. Each step looks at some entries; others can be added
 * between two steps, but not removed.
 *
 * @param isRemoved whether to remove an entry
 */
export function* removeInSteps<E>(entries: E[], isRemoved: (entry: E) => boolean): Generator<void> {
  for (let i = entries.length - 1; i >= 0; i--) {
    if (i % STEP_SIZE === 0) yield;
    if (!isRemoved(entries[i] as E)) continue;
    const last = entries.pop() as E;
    if (i < entries.length) entries[i] = last;
  }
}
