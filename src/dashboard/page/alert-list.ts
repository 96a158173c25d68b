import type { PageAlert, PageAlerts } from '../wire.ts';
import { createElement } from './elements.ts';

/** The alerts that fire, or one line that says that none does or why they are not known. Hidden without a Prometheus server. */
export class AlertList {
  private shown = '';

  constructor(private readonly element: HTMLElement) {}

  update(alerts: PageAlerts | undefined): void {
    // An element that is live is announced again when its content is replaced.
    const key = JSON.stringify(alerts) ?? '';
    if (key === this.shown) return;
    this.shown = key;
    this.element.hidden = alerts === undefined;
    if (alerts !== undefined) this.element.replaceChildren(...describeAlerts(alerts));
  }
}

function describeAlerts({ firing, more, fault }: PageAlerts): HTMLElement[] {
  if (fault !== undefined) return [createElement('p', `Alerts: ${fault}`)];
  if (firing.length === 0) return [createElement('p', 'No alert fires.')];
  const count = firing.length + more;
  const list = createElement('ul');
  list.append(...firing.map(describeAlert));
  if (more > 0) list.append(createElement('li', `and ${more.toLocaleString('en')} more`));
  return [createElement('h2', count === 1 ? '1 alert fires' : `${count.toLocaleString('en')} alerts fire`), list];
}

function describeAlert({ name, severity, summary, labels, activeAt }: PageAlert): HTMLElement {
  const item = createElement('li', '', 'alert');
  const since = Number.isNaN(Date.parse(activeAt)) ? '' : `since ${new Date(activeAt).toLocaleTimeString()}`;
  item.append(
    createElement('strong', severity === '' ? name : `${name} (${severity})`),
    createElement('span', summary),
    createElement('span', [labels, since].filter((text) => text !== '').join(', '), 'labels'),
  );
  return item;
}
