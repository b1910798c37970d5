//! Variables with their origins, and Jinja. The main type here is `Vars`.
