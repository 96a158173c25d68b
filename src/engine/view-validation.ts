import { AGGREGATION_TYPE } from '../collection/enums';
import { type Issue, invalidValue } from '../issues';
import { isBoundaries } from './descriptor';
import type { MeterViewOptions } from './view-plan';

/** Views that can be applied, and what is wrong with the others. */
export interface ValidatedViews {
  readonly views: readonly MeterViewOptions[];
  readonly issues: readonly Issue[];
}

/**
 * Checks views. One that cannot mean anything counts as if it was not given (OpenTelemetry specification, Metrics SDK,
 * Measurement processing).
 */
export function validateViews(views: readonly MeterViewOptions[]): ValidatedViews {
  const issues = views.map((view, i) => findIssue(view, `views[${i}]`));
  return {
    views: views.filter((_, i) => issues[i] === undefined),
    issues: issues.filter((issue) => issue !== undefined),
  };
}

function findIssue(view: MeterViewOptions, path: string): Issue | undefined {
  const { instrumentName, instrumentType, instrumentUnit, meterName, meterVersion, meterSchemaUrl } = view;
  const criteria = [instrumentName, instrumentType, instrumentUnit, meterName, meterVersion, meterSchemaUrl];
  if (criteria.every((criterion) => criterion === undefined)) {
    return invalidValue(path, 'without criteria', 'at least one of instrumentName, instrumentType, meterName, ...');
  }
  if (view.name !== undefined && (instrumentName === undefined || /[*?]/.test(instrumentName))) {
    return invalidValue(
      `${path}.instrumentName`,
      instrumentName,
      'the name of one instrument, because the view renames',
    );
  }
  const limit = view.aggregationCardinalityLimit;
  if (limit !== undefined && !(Number.isInteger(limit) && limit > 0)) {
    return invalidValue(`${path}.aggregationCardinalityLimit`, limit, 'a whole number above 0');
  }
  const { aggregation } = view;
  if (aggregation?.type === AGGREGATION_TYPE.EXPLICIT_BUCKET_HISTOGRAM) {
    const boundaries = aggregation.options?.boundaries;
    if (boundaries !== undefined && !isBoundaries(boundaries)) {
      return invalidValue(`${path}.aggregation.options.boundaries`, boundaries, 'a list of different numbers');
    }
  }
  if (aggregation?.type === AGGREGATION_TYPE.EXPONENTIAL_HISTOGRAM) {
    const maxSize = aggregation.options?.maxSize;
    if (maxSize !== undefined && !(Number.isInteger(maxSize) && maxSize >= 2)) {
      return invalidValue(`${path}.aggregation.options.maxSize`, maxSize, 'a whole number of at least 2');
    }
  }
  return undefined;
}
