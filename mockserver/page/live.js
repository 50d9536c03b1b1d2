// Notices that something has happened on the server: by its stream of events, and now and then by asking. It does so while
// the page is visible, and not otherwise.

import { send } from "./api.js";

const SOON = 120; // milliseconds, in which several events become one change
const SELDOM = 5000; // between two looks at what has no events: seeds, faults, other portals
const OFTEN = 1000; // while the clock follows the system's, and while there is no stream
const AGAIN = 1000; // until the stream is opened again

/** @param {{ portal: () => string, changed: () => void, connected: (is: boolean) => void, ticks: () => boolean }} page */
export function follow(page) {
  let waiting = 0;
  let looked = 0;
  /** @type {AbortController | null} */
  let stream = null;
  let followed = "";

  const changed = () => {
    if (waiting) return;
    waiting = window.setTimeout(() => {
      waiting = 0;
      looked = performance.now();
      page.changed();
    }, SOON);
  };

  const open = async () => {
    const mine = stream = new AbortController();
    const portal = followed = page.portal();
    try {
      const answer = await send("GET", "/events", { query: { portal }, signal: mine.signal });
      const reader = /** @type {ReadableStream<Uint8Array>} */ (answer.body).getReader();
      page.connected(true);
      for (;;) {
        const { done } = await reader.read();
        if (done) break;
        changed();
      }
    } catch {
      // a server that is gone, a portal that was dropped, too many streams: it is tried again
    }
    if (stream === mine) setTimeout(() => { if (stream === mine) stream = null; }, AGAIN);
  };

  const close = () => {
    stream?.abort();
    stream = null;
  };

  setInterval(() => {
    if (document.hidden) return close();
    if (stream && followed !== page.portal()) close();
    if (!stream) {
      void open();
      changed();
    } else if (performance.now() - looked > (page.ticks() ? OFTEN : SELDOM)) changed();
  }, 250);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) changed(); });
}
