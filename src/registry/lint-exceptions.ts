import type { YamlMap } from '../yaml/yaml-map';

/** A naming rule that a metric or label breaks on purpose, from `annotations.meterbridge.lint`. */
export interface LintException {
  readonly rule: string;
  /** Why the rule does not apply, for example that a document prescribes the name. */
  readonly reason: string;
  /** `file:line:column` of the exception. */
  readonly position: string;
}

/** Reads the mapping `lint` of a `meterbridge` annotation: the reason by rule. */
export function readExceptions(annotations: YamlMap | undefined): LintException[] {
  const lint = annotations?.map('lint');
  return (lint?.keys() ?? []).map((rule) => {
    const reason = lint?.string(rule) ?? '';
    return { rule, reason, position: lint?.position(rule) ?? '' };
  });
}
