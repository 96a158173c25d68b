import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { ROOT } from '../servers/processes';

/**
 * By what every duration of the rules is divided, so that a test sees in seconds what takes minutes: `for`, the intervals of
 * groups, and the ranges of expressions. Nothing else is changed: no threshold, no factor such as 3600.
 */
export const SPEED = 120;

/** The folders of the systems. */
export const SYSTEM_FOLDERS = ['ticker', 'stream-processor', 'hodei', 'orchestrator', 'allsource', 'control-plane'];
/** The rules that contain alerts of the documents. The objectives are additions, with ranges of days. */
export const RULE_FILES = ['rules.yaml', 'alerts.yaml'];

const UNIT_MILLIS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DURATION = /^(\d+)(ms|s|m|h|d)$/;
const RANGE = /\[(\d+(?:ms|s|m|h|d))\]/g;

export interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly for?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly interval?: string; readonly rules: readonly Rule[] }[];
}

export function readRules(path: string): RuleFile {
  return parse(readFileSync(path, 'utf8')) as RuleFile;
}

export function millisOf(duration: string): number {
  const [, digits, unit = ''] = DURATION.exec(duration) ?? [];
  const millis = Number(digits) * (UNIT_MILLIS[unit] ?? Number.NaN);
  if (Number.isNaN(millis)) throw new Error(`invalid duration ${JSON.stringify(duration)}: expected one such as 5m`);
  return millis;
}

/** Returns rules whose durations are divided by {@link SPEED}. */
export function scale(file: RuleFile): RuleFile {
  const divide = (duration: string) => `${millisOf(duration) / SPEED}ms`;
  return {
    ...file,
    groups: file.groups.map((group) => ({
      ...group,
      ...(group.interval === undefined ? {} : { interval: divide(group.interval) }),
      rules: group.rules.map((rule) => ({
        ...rule,
        expr: rule.expr.replace(RANGE, (_, range: string) => `[${divide(range)}]`),
        ...(rule.for === undefined ? {} : { for: divide(rule.for) }),
      })),
    })),
  };
}

/** Returns every duration of the rules, in the order of the file. */
export function durations({ groups }: RuleFile): string[] {
  return groups.flatMap(({ interval, rules }) => [
    ...(interval === undefined ? [] : [interval]),
    ...rules.flatMap((rule) => [
      ...[...rule.expr.matchAll(RANGE)].map(([, range = '']) => range),
      ...(rule.for === undefined ? [] : [rule.for]),
    ]),
  ]);
}

/** Returns the text of the rules without their durations. */
export function withoutDurations(file: RuleFile): string {
  const bare = {
    ...file,
    groups: file.groups.map((group) => ({
      ...group,
      ...(group.interval === undefined ? {} : { interval: 'DURATION' }),
      rules: group.rules.map((rule) => ({
        ...rule,
        expr: rule.expr.replace(RANGE, '[DURATION]'),
        ...(rule.for === undefined ? {} : { for: 'DURATION' }),
      })),
    })),
  };
  return stringify(bare);
}

/** Writes the scaled rules of all systems to a folder. Returns the paths of the files. */
export function writeScaledRules(folder: string): string[] {
  return SYSTEM_FOLDERS.flatMap((system) =>
    RULE_FILES.map((name) => {
      const path = join(folder, system, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, stringify(scale(readRules(join(ROOT, 'semconv', system, name)))));
      return path;
    }),
  );
}
