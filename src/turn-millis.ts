/** The longest that a page is made, sent or merged in one turn of the event loop, in milliseconds. */
export const TURN_MILLIS = 2;
