import type { Expression } from './ast';
import { checkAggregation } from './check-aggregation';
import { checkAlert } from './check-alert';
import { checkDescription } from './check-description';
import { checkAnnotations, checkLegend, type ReportTemplate } from './check-templates';
import { FINDING_CODES, type FindingCode, type QueryFinding } from './finding';
import { infer } from './infer';
import { withState } from './labels';
import type { Metrics } from './metrics';
import { parseExpression } from './parse';
import type { LocatedText, Query } from './query';
import type { FindingDetails, Scope } from './scope';
import { PromqlSyntaxError } from './syntax-error';
import { UNKNOWN_VECTOR, type VectorType } from './vector';

/** In seconds; the interval that the Prometheus documentation uses in its examples. */
export const DEFAULT_SCRAPE_INTERVAL = 15;

export interface CheckOptions {
  /** The scrape interval in seconds. 15 by default. */
  readonly scrapeInterval?: number | undefined;
  /** Matches the names of metrics that are defined elsewhere. Nothing is reported about them. */
  readonly external?: RegExp | undefined;
}

interface ParsedQuery {
  readonly query: Query;
  readonly expression: Expression | undefined;
}

/**
 * Checks queries against metrics, together: a query can use the series of the recording rules among them.
 *
 * @param queries the queries to report about
 * @param context queries that are only known, such as the rule files that a promtool test loads
 * @returns the findings, by file and place
 */
export function checkQueries(
  queries: readonly Query[],
  metrics: Metrics,
  options: CheckOptions = {},
  context: readonly Query[] = [],
): QueryFinding[] {
  const findings = new Map<string, QueryFinding>();
  const add = (
    code: FindingCode,
    query: Query,
    place: LocatedText,
    offset: number,
    message: string,
    details: FindingDetails = {},
  ) => {
    const { suggestion, severity = FINDING_CODES[code] } = details;
    const position = place.locate(offset);
    const finding = {
      code,
      severity,
      message,
      file: query.file,
      ...position,
      ...(suggestion === undefined ? {} : { suggestion }),
    };
    const key = [query.file, position.line, position.column, code].join(' ');
    if (!findings.has(key)) findings.set(key, finding);
  };
  const parse = (query: Query): ParsedQuery => {
    try {
      return { query, expression: parseExpression(query.text) };
    } catch (error) {
      if (!(error instanceof PromqlSyntaxError)) throw error;
      if (!context.includes(query))
        add('syntax_error', query, query, error.span.from, error.message, { suggestion: error.suggestion });
      return { query, expression: undefined };
    }
  };
  const parsed = queries.map(parse);
  const recorded = new RecordedSeries([...parsed, ...context.map(parse)], metrics, options);
  for (const { query, expression } of parsed) {
    if (expression === undefined) continue;
    const scope = recorded.scope(query.text, (code, span, message, details) =>
      add(code, query, query, span.from, message, details),
    );
    const type = infer(expression, scope);
    const reportTemplate: ReportTemplate = (template, offset, message) =>
      add('dropped_label', query, template, offset, message, {
        suggestion: 'keep the label in the aggregation of the expression',
      });
    if (query.alert !== undefined) {
      checkAlert(query.alert, expression, type, scope);
      checkAnnotations(query.alert.templates, expression, scope, reportTemplate);
    }
    if (query.legend !== undefined) checkLegend(query.legend, expression, scope, reportTemplate);
    checkAggregation(expression, scope);
    if (query.description !== undefined) checkDescription(query.description, expression, type, scope);
  }
  return [...findings.values()].sort(
    (a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column,
  );
}

/** The types of the series that recording rules write, inferred from their expressions. */
class RecordedSeries {
  private readonly rules = new Map<string, ParsedQuery[]>();
  private readonly types = new Map<string, VectorType>();
  private names: string[] | undefined;

  constructor(
    parsed: readonly ParsedQuery[],
    private readonly metrics: Metrics,
    private readonly options: CheckOptions,
  ) {
    for (const each of parsed) {
      const { record } = each.query;
      if (record === undefined) continue;
      const rules = this.rules.get(record);
      if (rules === undefined) this.rules.set(record, [each]);
      else rules.push(each);
    }
  }

  scope(text: string, report: Scope['report']): Scope {
    const { metrics, options } = this;
    return {
      text,
      scrapeInterval: options.scrapeInterval ?? DEFAULT_SCRAPE_INTERVAL,
      names: () => (this.names ??= [...metrics.names(), ...this.rules.keys()]),
      findRecorded: (name) => this.findType(name),
      findSeries: (name) => metrics.find(name),
      seriesType: (series) => metrics.seriesType(series),
      isExternal: (name) => options.external?.test(name) === true,
      report,
    };
  }

  private findType(name: string): VectorType | undefined {
    const rules = this.rules.get(name);
    const known = this.types.get(name);
    if (rules === undefined || known !== undefined) return known;
    // A rule that refers to itself finds this type.
    this.types.set(name, UNKNOWN_VECTOR);
    const [first, ...others] = rules.map((rule) => this.inferRule(rule));
    const type = first === undefined || others.length > 0 ? UNKNOWN_VECTOR : first;
    this.types.set(name, type);
    return type;
  }

  private inferRule({ query, expression }: ParsedQuery): VectorType {
    if (expression === undefined) return UNKNOWN_VECTOR;
    const type = infer(
      expression,
      this.scope(query.text, () => undefined),
    );
    if (type.type !== 'vector') return UNKNOWN_VECTOR;
    let { labels } = type;
    for (const [label, value] of query.labels ?? [])
      labels = withState(labels, label, { presence: 'always', values: [value] });
    return { ...type, labels };
  }
}
