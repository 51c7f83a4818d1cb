// What a product does: says where Privet is, gives tokens and names, and hears what the user did.

import "../package/privet-centre.js";

const PEOPLE = [
  { id: "de300000-0000-4000-8000-000000000002", name: "Ben Okafor" },
  { id: "de300000-0000-4000-8000-000000000003", name: "Chiara Rossi" },
];

const centre = document.querySelector("privet-centre");
centre.people = async (ids) => PEOPLE.filter((person) => ids.includes(person.id));
centre.profile = { username: "ada", display_name: "Ada", bio: "I paint.", last_seen: "2026-01-31T10:30:45Z" };
centre.addEventListener("privet-change", ({ detail }) => {
  document.querySelector("#said").textContent = `${detail.setting} is ${JSON.stringify(detail.value)}`;
});

document.querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const given = new FormData(event.target);
  centre.setAttribute("server", given.get("server"));
  // In a product: a function that asks the session for a fresh token.
  centre.token = async () => given.get("token");
});
