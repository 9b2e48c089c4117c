export function findK6(): string | null;
