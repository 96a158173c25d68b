import type { BoundHttpRequest } from '../../instruments/http-recorder';
import type { RequestKind } from './semconv-server';

/** The number of kinds of requests whose series are kept. Beyond it, all are looked up again. */
const MAX_KINDS = 4000;

/** By status and protocol. */
type Series = Map<number, readonly BoundHttpRequest[]>;
type Methods = Map<string, Series>;
type Routes = Map<string | undefined, Methods>;

/** Keeps the series of every kind of request, so that recording one looks up no labels. */
export class SeriesCache {
  private routes: Routes = new Map();
  private kinds = 0;
  private recorders = 0;

  /** @param bind looks up the series of a kind */
  constructor(private readonly bind: (kind: RequestKind) => readonly BoundHttpRequest[]) {}

  /** @param recorders the number of recorders; the series are looked up again when it changes */
  get(kind: RequestKind, recorders: number): readonly BoundHttpRequest[] {
    if (recorders !== this.recorders) this.clear(recorders);
    const methods = this.routes.get(kind.route) ?? createMethods(this.routes, kind.route);
    const byStatus = methods.get(kind.method) ?? createSeries(methods, kind.method);
    const key = kind.status * 32 + protocolBits(kind);
    let series = byStatus.get(key);
    if (series === undefined) {
      if (++this.kinds > MAX_KINDS) this.clear(recorders);
      series = this.bind(kind);
      byStatus.set(key, series);
    }
    return series;
  }

  private clear(recorders: number): void {
    this.routes = new Map();
    this.kinds = 0;
    this.recorders = recorders;
  }
}

function createMethods(routes: Routes, route: string | undefined): Methods {
  const methods: Methods = new Map();
  routes.set(route, methods);
  return methods;
}

function createSeries(methods: Methods, method: string): Series {
  const series: Series = new Map();
  methods.set(method, series);
  return series;
}

function protocolBits({ wasAnswered, scheme, version, recordsDuration }: RequestKind): number {
  const versionBits = version === '1.1' ? 0 : version === '1.0' ? 1 : 2;
  return (wasAnswered ? 0 : 1) + (scheme === 'http' ? 0 : 2) + versionBits * 4 + (recordsDuration ? 0 : 16);
}
