/** Steps of the category User State (feature map §2.4): their options and what the engine knows of them. */
export const userStateOptions = {};

export const userStateFacts = {};
