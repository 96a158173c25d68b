import type { Attributes } from '@opentelemetry/api';
import { hashText } from '../collection/hash';
import type { CollectedPoint } from '../collection/points';
import { report } from '../diagnostics';
import type { LabelWriter } from './encode/label-writer';
import type { Family, FamilyPart } from './families';
import { mergePoints } from './merge-points';

/** Points that are written with one label writer. */
export interface PointRun {
  readonly labels: LabelWriter;
  readonly points: readonly CollectedPoint[];
}

/** How many points are looked at before other work may run. */
const POINTS_PER_PAUSE = 250;
/** The bits of a hash that choose one of the maps that hold the series of a part. A single map would move all of its entries at once when it grows. */
const MAP_BITS = 8;

interface Series {
  readonly part: FamilyPart;
  point: CollectedPoint;
}

/** Series of a family by their labels, so that each is there once. */
export class MergedPoints {
  private readonly maps: (Map<string, Series | 'written'> | undefined)[] = new Array<undefined>(2 ** MAP_BITS).fill(
    undefined,
  );
  /** The series of each part, in the order in which they came. */
  private readonly series = new Map<FamilyPart, Series[][]>();
  private looked = 0;

  constructor(private readonly family: Family) {}

  /** Leaves series out that were written already. */
  *exclude(labels: LabelWriter, written: readonly Attributes[]): Generator<undefined> {
    for (const attributes of written) {
      const identity = labels.identity(attributes);
      this.map(identity).set(identity, 'written');
      yield* this.pause();
    }
  }

  *add(part: FamilyPart, points: readonly CollectedPoint[]): Generator<undefined> {
    for (const point of points) {
      this.addPoint(part, point);
      yield* this.pause();
    }
  }

  /** Yields all series, those of each part together. */
  *runs(): Generator<PointRun> {
    for (const [{ labels }, pieces] of this.series) {
      for (const piece of pieces) yield { labels, points: piece.map(({ point }) => point) };
    }
  }

  private addPoint(part: FamilyPart, point: CollectedPoint): void {
    const { name, type } = this.family;
    const labels = part.labels.identity(point.attributes);
    const map = this.map(labels);
    const known = map.get(labels);
    if (known === undefined) {
      const series = { part, point };
      map.set(labels, series);
      this.keep(part, series);
      return;
    }
    const merged = known === 'written' ? undefined : mergePoints(type, known.point, point);
    if (known === 'written' || merged === undefined) {
      const reason = known === 'written' ? 'with different attributes' : 'that cannot be added up';
      report('conflict', `${name}{${labels}} comes from two series ${reason}; one of them is left out`, name);
      return;
    }
    // Under a documented name another library may record what the catalog created at zero.
    const isDocumented = this.family.documented !== undefined && known.part !== part;
    if (!isDocumented) {
      report('conflict', `${name}{${labels}} comes from two series with different attributes; served as one`, name);
    }
    known.point = merged;
  }

  private keep(part: FamilyPart, series: Series): void {
    const pieces = this.series.get(part) ?? [];
    this.series.set(part, pieces);
    let piece = pieces.at(-1);
    if (piece === undefined || piece.length >= POINTS_PER_PAUSE) {
      piece = [];
      pieces.push(piece);
    }
    piece.push(series);
  }

  private map(labels: string): Map<string, Series | 'written'> {
    const number = hashText(0, labels) >>> (32 - MAP_BITS);
    let map = this.maps[number];
    if (map === undefined) {
      map = new Map();
      this.maps[number] = map;
    }
    return map;
  }

  private *pause(): Generator<undefined> {
    if (++this.looked % POINTS_PER_PAUSE === 0) yield undefined;
  }
}
