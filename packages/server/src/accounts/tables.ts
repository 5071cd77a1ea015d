/** Tables of the site itself: accounts, sessions, tokens, jobs, settings. Made by migration 0001. */
export interface SiteTables {}
