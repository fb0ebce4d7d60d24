import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useState } from "react";
import { Route, Router, Switch } from "wouter";
import { Clock } from "./data/clock.tsx";
import { useHash } from "./data/hashLocation.ts";
import { followNews } from "./data/live.ts";
import { mayPass } from "./fault.ts";
import { Frame } from "./frame.tsx";
import { NotThere } from "./pages/notThere.tsx";
import { Overview } from "./pages/overview.tsx";
import { openSite, SiteProvider, type Site } from "./site.ts";
import { Boundary } from "./ui/boundary.tsx";
import { Failure, Loading } from "./ui/states.tsx";
import { WalletProvider } from "./wallet/wallet.tsx";

const Jobs = lazy(async () => ({ default: (await import("./pages/jobs.tsx")).Jobs }));
const Job = lazy(async () => ({ default: (await import("./pages/job.tsx")).Job }));
const Replay = lazy(async () => ({ default: (await import("./pages/replay.tsx")).Replay }));
const Disputes = lazy(async () => ({ default: (await import("./pages/disputes.tsx")).Disputes }));
const Models = lazy(async () => ({ default: (await import("./pages/models.tsx")).Models }));
const Model = lazy(async () => ({ default: (await import("./pages/model.tsx")).Model }));
const Operators = lazy(async () => ({ default: (await import("./pages/operators.tsx")).Operators }));
const Operator = lazy(async () => ({ default: (await import("./pages/operator.tsx")).Operator }));

/** Milliseconds for which an answer is taken for new: everything that happens makes it old at once. */
const FRESH = 60_000;

/** Always asks: a devnet on this machine answers also where the browser takes itself for offline. */
const queries = new QueryClient({ defaultOptions: { queries: { staleTime: FRESH, retry: (failures, error) => failures < 1 && mayPass(error), networkMode: "always" } } });

export const App = () => (
  <Boundary>
    <Opened />
  </Boundary>
);

function Opened() {
  const [site, setSite] = useState<Site>();
  const [fault, setFault] = useState<unknown>();
  const [progress, setProgress] = useState<readonly [done: number, all: number]>();
  useEffect(() => {
    openSite((...told) => setProgress(told)).then(setSite, setFault);
  }, []);
  useEffect(() => site && followNews(site.history, queries), [site]);
  if (fault !== undefined) return <Failure of={fault} />;
  if (site === undefined) return <Loading what="the deployment" progress={progress} />;
  return (
    <SiteProvider value={site}>
      <QueryClientProvider client={queries}>
        <Clock>
          <WalletProvider>
            <Router hook={useHash}>
              <Frame progress={progress}>
                <Suspense fallback={<Loading what="the page" />}>
                  <Pages />
                </Suspense>
              </Frame>
            </Router>
          </WalletProvider>
        </Clock>
      </QueryClientProvider>
    </SiteProvider>
  );
}

const Pages = () => (
  <Switch>
    <Route path="/" component={Overview} />
    <Route path="/jobs">{() => <Jobs />}</Route>
    <Route path="/jobs/:job/replay">{({ job }) => <Replay id={job} />}</Route>
    <Route path="/jobs/:job">{({ job }) => <Job id={job} />}</Route>
    <Route path="/disputes">{() => <Disputes />}</Route>
    <Route path="/models">{() => <Models />}</Route>
    <Route path="/models/:model">{({ model }) => <Model id={model} />}</Route>
    <Route path="/models/:model/:version">{({ model, version }) => <Model id={model} version={version} />}</Route>
    <Route path="/operators">{() => <Operators />}</Route>
    <Route path="/operators/:operator">{({ operator }) => <Operator address={operator} />}</Route>
    <Route>{() => <NotThere what="This page" />}</Route>
  </Switch>
);
