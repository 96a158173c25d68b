import type { FamilyCard } from './card.ts';
import { createElement } from './elements.ts';
import { RelatedFamilies } from './related.ts';

/** Places cards in their sections, those of related families side by side. */
export class CardGroups {
  private readonly related = new RelatedFamilies();

  /**
   * Appends a card to a section, or to the group of a card that it is related to.
   *
   * @param cards all cards by the names of their families, this one included
   */
  place(card: FamilyCard, cards: ReadonlyMap<string, FamilyCard>, section: HTMLElement): void {
    const relation = this.related.add(card.family);
    const part = relation && cards.get(relation.part);
    const whole = relation && cards.get(relation.whole);
    if (relation === undefined || part === undefined || whole === undefined) {
      section.append(card.element);
      return;
    }
    part.setWhole(relation, whole);
    const group = findGroup(part === card ? whole : part);
    if (part === card) group.insertBefore(part.element, whole.element);
    else group.append(whole.element);
    const names = [...group.children].map((element) => (element as HTMLElement).dataset.family);
    group.setAttribute('aria-label', `Related: ${names.join(', ')}`);
  }
}

/** Returns the group that a card is in, or puts it into a new one. */
function findGroup({ element }: FamilyCard): HTMLElement {
  const parent = element.parentElement;
  if (parent?.classList.contains('related')) return parent;
  const group = createElement('div', '', 'related');
  group.setAttribute('role', 'group');
  element.replaceWith(group);
  group.append(element);
  return group;
}
