import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TextMap } from '../../../src/engine/lookup/text-map';

/** The empty text is one of them: it must not be taken for a field that is not used. */
const textOf = (i: number) => (i === 0 ? '' : String(i));

describe('TextMap', () => {
  it('agrees with a plain map on random programs', () => {
    const text = fc.integer({ min: 0, max: 20 }).map(textOf);
    const step = fc.record({ text, value: fc.option(fc.nat(), { nil: undefined }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const map = new TextMap<number>();
        const model = new Map<string, number>();
        for (const { text, value } of steps) {
          if (value === undefined) {
            map.delete(text);
            model.delete(text);
          } else {
            map.set(text, value);
            model.set(text, value);
          }
          for (let i = 0; i <= 20; i++) expect(map.get(textOf(i))).toBe(model.get(textOf(i)));
          expect(map.isEmpty).toBe(model.size === 0);
          expect([...map.all()].toSorted()).toEqual([...model.values()].toSorted());
        }
      }),
    );
  });
});
