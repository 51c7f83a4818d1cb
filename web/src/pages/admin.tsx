// The page /admin/.

import { ADMIN_VIEWS } from "../admin/admin_app.js";
import { PrivetAdmin } from "../admin/element.js";
import { host } from "./host.js";

void host({
  element: () => new PrivetAdmin(),
  scopes: ["users:support", "users:classify", "users:import", "users:erase"],
  title: (t) => t.admin.title,
  about: (t) => t.signIn.staffAbout,
  views: ADMIN_VIEWS,
});
