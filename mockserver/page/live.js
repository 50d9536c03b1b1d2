// Notices that something has happened on the server. It asks while the page is visible, and not otherwise.

const EVERY = 1000; // milliseconds

/**
 * @param {{ portal: () => string, changed: () => void, connected: (is: boolean) => void }} page
 */
export function follow(page) {
  setInterval(() => { if (!document.hidden) page.changed(); }, EVERY);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) page.changed(); });
}
