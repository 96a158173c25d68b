import type { PageExemplar } from '../wire.ts';
import { createElement } from './elements.ts';

/** The latest exemplar of a family: its value, its time and its trace, as a link if the URL of traces is known. */
export class ExemplarLine {
  readonly element = createElement('p', '', 'exemplar');
  private latest: PageExemplar | undefined;

  constructor() {
    this.element.hidden = true;
  }

  /**
   * Keeps the previous exemplar if there is no later one.
   *
   * @param traceUrl the URL of a trace, with `{trace_id}` in place of its id
   */
  update(exemplar: PageExemplar | undefined, traceUrl: string | undefined, format: (value: number) => string): void {
    if (exemplar === undefined || exemplar.time <= (this.latest?.time ?? 0)) return;
    this.latest = exemplar;
    const { value, time, traceId } = exemplar;
    this.element.hidden = false;
    this.element.replaceChildren(
      `Latest exemplar: ${format(value)} at ${new Date(time).toLocaleTimeString()}, trace `,
      traceUrl === undefined ? createElement('code', traceId) : createLink(traceUrl, traceId),
    );
  }
}

function createLink(traceUrl: string, traceId: string): HTMLAnchorElement {
  const link = createElement('a', traceId);
  link.href = traceUrl.replaceAll('{trace_id}', encodeURIComponent(traceId));
  link.target = '_blank';
  link.rel = 'noopener noreferrer';
  return link;
}
