import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../servers/processes';
import {
  durations,
  millisOf,
  RULE_FILES,
  readRules,
  SPEED,
  SYSTEM_FOLDERS,
  withoutDurations,
  writeScaledRules,
} from './scaled-rules';

describe('the rules on which alerts are made to fire', () => {
  it('the scaled rules differ from the shipped ones only in durations, each divided by one factor', () => {
    const folder = mkdtempSync(join(tmpdir(), 'scaled-rules-'));
    try {
      const written = writeScaledRules(folder);
      expect(written).toHaveLength(SYSTEM_FOLDERS.length * RULE_FILES.length);
      for (const path of written) {
        const shipped = readRules(join(ROOT, 'semconv', path.slice(folder.length + 1)));
        const scaled = readRules(path);
        expect(withoutDurations(scaled), path).toBe(withoutDurations(shipped));
        expect(durations(scaled).map((duration) => millisOf(duration) * SPEED)).toEqual(
          durations(shipped).map(millisOf),
        );
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
