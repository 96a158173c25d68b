import type { Attributes } from '@opentelemetry/api';
import { isLegacyName } from '../names/escape';
import type { ByteWriter } from './byte-writer';
import type { LabelWriter } from './label-writer';
import { StaticText } from './static-text';
import { escapeLabelValue } from './text-escapes';

/** What is between the labels and the value of a sample. */
export const CLOSE = new StaticText('} ');

/** How samples of one name begin: `name`, or `{"name"` if the name is outside the legacy set. */
export class SampleName {
  /** Before labels, brace included. */
  readonly opened: StaticText;
  /** Before the value of a sample without labels. */
  private readonly bare: StaticText;

  constructor(name: string) {
    const legacy = isLegacyName(name, 'metric');
    this.opened = new StaticText(legacy ? `${name}{` : `{"${escapeLabelValue(name)}",`);
    this.bare = new StaticText(legacy ? `${name} ` : `{"${escapeLabelValue(name)}"} `);
  }

  /** Writes everything before the value. */
  begin(page: ByteWriter, labels: LabelWriter, attributes: Attributes): void {
    const start = page.length;
    page.staticText(this.opened);
    const labelsStart = page.length;
    labels.write(page, attributes);
    if (page.length > labelsStart) {
      page.staticText(CLOSE);
      return;
    }
    page.length = start;
    page.staticText(this.bare);
  }

  /** Writes everything before the value, with labels that are between two positions of the piece. */
  beginRepeated(page: ByteWriter, start: number, end: number): void {
    if (start === end) {
      page.staticText(this.bare);
      return;
    }
    page.staticText(this.opened);
    page.repeat(start, end);
    page.staticText(CLOSE);
  }
}
