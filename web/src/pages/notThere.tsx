import { Link } from "wouter";

export const NotThere = ({ what }: { readonly what: string }) => (
  <>
    <h1>{what} is not there</h1>
    <p>
      The address may have been shortened. <Link href="/">Everything that there is</Link> begins with the overview.
    </p>
  </>
);
