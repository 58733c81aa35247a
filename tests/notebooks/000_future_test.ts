import { testNotebooks } from "../_support/notebooks.ts";

testNotebooks("000_future");
