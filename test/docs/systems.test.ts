import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allsource } from '../../src/systems/allsource';
import { controlPlane } from '../../src/systems/control-plane';
import { hodei } from '../../src/systems/hodei';
import { orchestrator } from '../../src/systems/orchestrator';
import { streamProcessor } from '../../src/systems/stream-processor';
import { ticker } from '../../src/systems/ticker';
import { ROOT } from '../servers/processes';

const FACADES: readonly { readonly catalog: { readonly name: string } }[] = [
  ticker,
  streamProcessor,
  hodei,
  orchestrator,
  allsource,
  controlPlane,
];

const PAGE = readFileSync(join(ROOT, 'docs/systems.md'), 'utf8');

/** What the calls of facades begin with. */
const CALL = /\b(?:record|set|increment|remove|initialize|time|start|update)[A-Z]\w*/g;

function sectionOf(system: string): string {
  return PAGE.split(/^## /m).find((section) => section.startsWith(`${system}\n`)) ?? '';
}

describe('the page of the documented systems', () => {
  it.each(FACADES.map((facade) => [facade.catalog.name, facade] as const))(
    'the page of the systems maps every call of %s, and no others',
    (name, facade) => {
      const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(facade)).filter(
        (each) => each !== 'constructor',
      );
      const named = new Set(sectionOf(name).match(CALL));
      expect([...named].sort()).toEqual(methods.sort());
    },
  );
});
