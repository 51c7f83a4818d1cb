// The page /privacy/.

import { PrivetCentre } from "../element.js";
import { VIEWS } from "../views/app.js";
import { demoPeople } from "./demo_people.js";
import { host } from "./host.js";

void host({
  element: () => {
    const centre = new PrivetCentre();
    centre.people = demoPeople;
    return centre;
  },
  scopes: [],
  title: (t) => t.title,
  about: (t) => t.signIn.about,
  views: VIEWS,
});
