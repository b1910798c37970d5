//! Who owns which field, as the API server keeps it.
