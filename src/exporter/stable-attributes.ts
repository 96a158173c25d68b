import type { Attributes } from '@opentelemetry/api';
import { attributesKey } from '../collection/attributes-key';
import type { CollectedStream } from '../collection/slices';

/**
 * Gives the series of producers that create their points for each collection the same attributes object in every one, as
 * {@link CollectedStream.slices} requires it.
 */
export class StableAttributes {
  /** The attributes of the last collection, by stream and by label set. */
  private known = new Map<string, Map<string, Attributes>>();

  /**
   * Returns the streams of a collection with the attributes objects of the one before.
   *
   * @param isComplete whether a stream that is missing has no series any more
   */
  apply(streams: readonly CollectedStream[], isComplete: boolean): CollectedStream[] {
    const { known } = this;
    const next: typeof known = new Map();
    const stable = streams.map((stream): CollectedStream => {
      const { scope, descriptor, dataPointType } = stream;
      let key = JSON.stringify([scope, descriptor.name, dataPointType]);
      // Two producers can have a metric of one name.
      while (next.has(key)) key += ' ';
      const before = known.get(key);
      const current = new Map<string, Attributes>();
      next.set(key, current);
      const slices = Array.from(stream.slices(), (points) =>
        points.map((point) => {
          const series = attributesKey(point.attributes);
          const attributes = before?.get(series) ?? point.attributes;
          current.set(series, attributes);
          return { ...point, attributes };
        }),
      );
      return { ...stream, slices: () => slices };
    });
    this.known = isComplete ? next : new Map([...known, ...next]);
    return stable;
  }
}
