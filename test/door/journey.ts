// The deployment, the people and the clients of the door tests, behind one name.
export * from "./client.ts";
export * from "./person.ts";
export * from "./shop.ts";
