/** Steps of the category Drivers (feature map §2.4): their options and what the engine knows of them. */
export const driversOptions = {};

export const driversFacts = {};
