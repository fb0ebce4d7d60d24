import type { UseQueryResult } from "@tanstack/react-query";
import { useState } from "react";
import type { IndexedVersion } from "../../../../core/history/types.ts";
import { isOutOfReach, type PublishedFiles } from "../../data/publishedFiles.ts";
import { Graph } from "../../graph/graph.tsx";
import type { OpenedModel } from "../../model/useRebuilt.ts";
import { Card } from "../../ui/facts.tsx";
import { Failure, Loading } from "../../ui/states.tsx";
import { GivenFiles } from "../../ui/givenFiles.tsx";

interface GraphOfProps {
  readonly version: IndexedVersion;
  readonly files: PublishedFiles;
  readonly rebuilt: UseQueryResult<OpenedModel>;
}

/** The graph of a version, once somebody asks for the files that it is in. */
export function GraphOf({ version, files, rebuilt }: GraphOfProps) {
  const [selected, setSelected] = useState<number>();
  const { data, error, isFetching } = rebuilt;
  return (
    <Card title="The graph">
      {data !== undefined ? (
        <>
          <p className="none">
            Rebuilt here from the published files, whose hashes and root are those of the chain: {data.graph.nodes.length - data.graph.inputs.length} nodes.
          </p>
          <Graph graph={data.graph} selected={selected} onSelect={setSelected} />
        </>
      ) : isFetching ? (
        <Loading what="the published files" />
      ) : (
        <>
          <p>Your browser takes the version's two published files, checks their hashes and rebuilds the program: operators, rules, and what it takes to convict a lie in each of them.</p>
          <button type="button" onClick={() => void rebuilt.refetch()}>
            Show the graph
          </button>
          {error !== null && <Failure of={error} />}
          {(error !== null || isOutOfReach(version.fileURI)) && <GivenFiles version={version} files={files} />}
        </>
      )}
    </Card>
  );
}
