import type { Catalog } from '../../src/catalog/definition';
import type { Facade, MeterLike } from '../../src/instruments';
import { AllSource } from '../../src/systems/allsource';
import { ControlPlane } from '../../src/systems/control-plane';
import { Hodei } from '../../src/systems/hodei';
import { Orchestrator } from '../../src/systems/orchestrator';
import { StreamProcessor } from '../../src/systems/stream-processor';
import { Ticker } from '../../src/systems/ticker';

/** The documented systems with the number of families that their documents name. */
export const SYSTEMS: readonly {
  readonly name: string;
  readonly families: number;
  readonly create: (meter?: MeterLike) => Facade<Catalog>;
}[] = [
  { name: 'ticker', families: 15, create: (meter) => new Ticker(meter) },
  { name: 'stream-processor', families: 37, create: (meter) => new StreamProcessor(meter) },
  { name: 'hodei', families: 18, create: (meter) => new Hodei(meter) },
  { name: 'orchestrator', families: 13, create: (meter) => new Orchestrator(meter) },
  { name: 'allsource', families: 41, create: (meter) => new AllSource(meter) },
  { name: 'control-plane', families: 4, create: (meter) => new ControlPlane(meter) },
];
