import type { YamlMap } from '../yaml/yaml-map';

/** The stability levels of a Weaver registry. */
const STABILITIES = ['stable', 'development', 'alpha', 'beta', 'release_candidate', 'experimental'];

/** Adds an issue if the required stability of a definition is missing or unknown. */
export function readStability(entry: YamlMap): void {
  if (entry.has('stability')) entry.oneOf('stability', STABILITIES);
  else entry.string('stability');
}
