// The middle of several numbers; the upper one of two.
export const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
