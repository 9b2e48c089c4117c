/** As many workers as actix can have. */
export const maxWorkers = 512;

/** So many servers can be in one run. */
export const maxTargets = 64;

/** Requests that carry more than this are refused by the contract (413). */
export const maxBodyBytes = 1024 * 1024;
