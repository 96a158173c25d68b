import { isSameFamily, type MetricDefinition } from '../catalog/definition';
import { report } from '../diagnostics';
import type { InstrumentDescriptor } from './descriptor';
import type { StreamPlan } from './view-plan';

/** The part of a stream that the registry uses. */
export interface RegisteredStream {
  descriptor: InstrumentDescriptor;
}

interface Registered<S> {
  readonly stream: S;
  readonly plan: StreamPlan;
}

/** The streams of one meter, so that identical instruments share theirs and conflicting ones are reported. */
export class StreamRegistry<S extends RegisteredStream> {
  /** The streams in the order of their creation. */
  readonly streams: S[] = [];
  /** By stream name in lower case: names are not case-sensitive (Metrics API, Instrument name syntax). */
  private readonly byName = new Map<string, Registered<S>[]>();
  /** The first descriptor of each instrument name in lower case. */
  private readonly instruments = new Map<string, InstrumentDescriptor[]>();

  /**
   * Returns the descriptor that an instrument is created with: that of the identical one that was created before, if there
   * is one (Metrics SDK, Duplicate instrument registration, Name conflict, Instrument advisory parameters).
   */
  register(given: InstrumentDescriptor): InstrumentDescriptor {
    const key = given.name.toLowerCase();
    const known = this.instruments.get(key) ?? [];
    this.instruments.set(key, known);
    const name = known[0]?.name ?? given.name;
    if (name !== given.name) {
      const message = `instrument "${given.name}" differs from "${name}" only in case; recorded as "${name}"`;
      report('instrument', message, `${given.name} case`);
    }
    const first = known.find((each) => isIdentical(each, given));
    if (first === undefined) {
      const descriptor = { ...given, name };
      known.push(descriptor);
      return descriptor;
    }
    if (JSON.stringify(first.advice) !== JSON.stringify(given.advice)) {
      const message = `instrument "${name}" was created before with other advice; the first advice is used`;
      report('instrument', message, `${name} advice`);
    }
    if (first.description === given.description) return first;
    const message = `instrument "${name}" was created before with another description; the longer one is used. ${recipe(given, 'description')}`;
    report('instrument', message, `${name} description`);
    const { description } = given.description.length > first.description.length ? given : first;
    return { ...first, description };
  }

  /**
   * Returns the streams of an instrument, and creates those that no identical instrument has.
   *
   * @param create makes the stream of a plan
   */
  find(plans: readonly StreamPlan[], create: (plan: StreamPlan) => S): S[] {
    const found: Registered<S>[] = [];
    for (const plan of plans) {
      const key = plan.descriptor.name.toLowerCase();
      const sameName = this.byName.get(key) ?? [];
      this.byName.set(key, sameName);
      let registered = sameName.find((each) => !found.includes(each) && isSamePlan(each.plan, plan));
      if (registered === undefined) {
        reportConflict(sameName, plan);
        registered = { stream: create(plan), plan };
        sameName.push(registered);
        this.streams.push(registered.stream);
      } else if (plan.descriptor.description.length > registered.stream.descriptor.description.length) {
        const { description } = plan.descriptor;
        registered.stream.descriptor = { ...registered.stream.descriptor, description };
      }
      found.push(registered);
    }
    return found.map(({ stream }) => stream);
  }
}

/** Instruments are identical if name, kind, unit and number type are equal; the description may differ. */
function isIdentical(a: InstrumentDescriptor, b: InstrumentDescriptor): boolean {
  return a.type === b.type && a.unit === b.unit && a.valueType === b.valueType;
}

function isSamePlan(a: StreamPlan, b: StreamPlan): boolean {
  return (
    isIdentical(a.descriptor, b.descriptor) &&
    isSameDefinition(a.definition, b.definition) &&
    a.exemplarReservoir === b.exemplarReservoir &&
    a.processors.length === b.processors.length &&
    a.processors.every((processor, i) => processor === b.processors[i]) &&
    JSON.stringify([a.aggregation, a.readers]) === JSON.stringify([b.aggregation, b.readers])
  );
}

/** Two copies of a package bring two objects of one definition. */
function isSameDefinition(a: MetricDefinition | undefined, b: MetricDefinition | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && isSameFamily(a, b));
}

function reportConflict<S>(sameName: readonly Registered<S>[], plan: StreamPlan): void {
  const readers = new Set(plan.readers.map(({ index }) => index));
  const other = sameName.find(({ plan: { readers: others } }) => others.some(({ index }) => readers.has(index)));
  if (other === undefined) return;
  const { descriptor } = plan;
  const differing = (['type', 'unit', 'valueType'] as const).filter(
    (field) => other.plan.descriptor[field] !== descriptor[field],
  );
  const what = differing.length === 0 ? 'aggregation or attributes' : differing.join(', ');
  const message = `two metric streams are named "${descriptor.name}" and differ in ${what}; both are collected. ${recipe(descriptor, what)}`;
  report('instrument', message, `${descriptor.name} ${what}`);
}

/** Says how to resolve a conflict with a view (Metrics SDK, Duplicate instrument registration). */
function recipe({ name, type, unit }: InstrumentDescriptor, what: string): string {
  const criteria = `instrumentName: '${name}', instrumentType: '${type}', instrumentUnit: '${unit}'`;
  const change = what === 'description' ? `description: '...'` : `name: '${name}.other'`;
  return `To resolve it, add the view { ${criteria}, ${change} }`;
}
