import { type Attributes, type HrTime, ValueType } from '@opentelemetry/api';
import { sampleNames } from '../catalog/sample-names';
import { DATA_POINT_TYPE, INSTRUMENT_TYPE, TEMPORALITY } from '../collection/enums';
import type { CollectedPoint } from '../collection/points';
import type { CollectedStream } from '../collection/slices';
import { report } from '../diagnostics';
import { printable } from '../issues';
import type { LabelWriter } from './encode/label-writer';
import { compositeType, type Documented, type DropReason, type Family, type FamilyPart, familyType } from './families';
import { unitInName } from './names/units';

type GrowingFamily = Omit<Family, 'parts'> & { readonly parts: FamilyPart[] };

/** The families of a page while they are gathered, so that each name is there once and none takes the sample names of another. */
export class Plan {
  readonly dropped = new Map<DropReason, number>();
  private readonly byName = new Map<string, GrowingFamily>();
  private readonly counted = new Set<CollectedStream>();

  constructor(private readonly histories: ReadonlyMap<string, Family['history']>) {}

  add(
    name: string,
    stream: CollectedStream,
    labels: LabelWriter,
    documented?: Documented,
    accepts?: FamilyPart['accepts'],
  ): void {
    const { descriptor, aggregationTemporality, dataPointType } = stream;
    if (aggregationTemporality === TEMPORALITY.DELTA && dataPointType !== DATA_POINT_TYPE.GAUGE) {
      this.drop('delta', 'Prometheus takes cumulative data, not deltas', stream);
      return;
    }
    const type = familyType(stream);
    const help = String(documented?.definition.description ?? descriptor.description ?? '');
    const ownUnit = String(documented?.definition.unit ?? descriptor.unit ?? '');
    const unit = unitInName(type === 'counter' ? name.replace(/_total$/, '') : name, ownUnit);
    let family = this.byName.get(name);
    if (family === undefined) {
      const history = this.histories.get(name) ?? { mayRepeat: false };
      family = { name, help, type, unit, parts: [], history, ...(documented === undefined ? {} : { documented }) };
      this.byName.set(name, family);
    } else if (family.type !== type) {
      this.drop('conflict', `${name} is a ${family.type} already, this is a ${type}`, stream);
      return;
    } else if (family.help !== help || family.unit !== unit) {
      report(
        'conflict',
        `${name} comes from metrics that differ in description or unit; the first ones are served`,
        name,
      );
    }
    family.parts.push(accepts === undefined ? { stream, labels } : { stream, labels, accepts });
  }

  /** Adds `target_info`, whose labels are the resource attributes and no others; a metric of that name makes room for it. */
  addTarget(attributes: Attributes, labels: LabelWriter): void {
    const name = 'target_info';
    const other = this.byName.get(name);
    if (other?.documented !== undefined) return;
    for (const { stream } of other?.parts ?? []) {
      this.drop('conflict', 'target_info describes the resource and is served by the exporter itself', stream);
    }
    const parts = [{ stream: targetStream(name, attributes), labels }];
    this.byName.set(name, {
      name,
      help: 'Target metadata',
      type: 'info',
      unit: '',
      parts,
      history: { mayRepeat: false },
    });
  }

  drop(reason: DropReason, why: string, stream: CollectedStream): void {
    if (this.counted.has(stream)) return;
    this.counted.add(stream);
    this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + 1);
    const name = printable(stream.descriptor.name);
    report(DROP_CODES[reason], `metric ${name} is left out: ${why}`, `${name} ${reason}`);
  }

  /** Returns the families ordered by name, without those that have the name of another's samples. */
  finish(): Family[] {
    const owners = new Map<string, Family>();
    const kept: Family[] = [];
    for (const family of [...this.byName.values()].sort(byPriority)) {
      const names = sampleNames(family.name, compositeType(family));
      const owner = names.map((name) => owners.get(name)).find((other) => other !== undefined);
      if (owner !== undefined) {
        const why = `${family.name} and ${owner.name} would have samples of the same name`;
        for (const { stream } of family.parts) this.drop('conflict', why, stream);
        continue;
      }
      for (const name of names) owners.set(name, family);
      kept.push(family);
    }
    return kept.sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

/** Documented families first, then histograms and summaries, whose samples have several names. */
function byPriority(a: Family, b: Family): number {
  const rank = (family: Family) =>
    (family.documented === undefined ? 2 : 0) + (compositeType(family) === undefined ? 1 : 0);
  return rank(a) - rank(b);
}

/** The code of the diagnostic of each reason. */
const DROP_CODES = { conflict: 'conflict', delta: 'encode', invalid: 'name' } as const;

const NO_TIME: HrTime = [0, 0];

function targetStream(name: string, attributes: Attributes): CollectedStream {
  const point: CollectedPoint<number> = { startTime: NO_TIME, endTime: NO_TIME, attributes, value: 1 };
  return {
    descriptor: { name, description: '', unit: '', type: INSTRUMENT_TYPE.GAUGE, valueType: ValueType.INT },
    aggregationTemporality: TEMPORALITY.CUMULATIVE,
    dataPointType: DATA_POINT_TYPE.GAUGE,
    scope: { name: '' },
    size: 1,
    slices: () => [[point]],
  };
}
