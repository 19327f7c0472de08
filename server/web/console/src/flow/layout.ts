// Where the blocks of a flow stand in the graph: layered from the start downwards (dagre).

import dagre from '@dagrejs/dagre';
import { bundled, type Block, type FlowDocument } from './document';

export const WIDTH = 220;
export const HEIGHT = 64;

export interface Placed {
  block: Block;
  x: number;
  y: number;
}

export function place(document: FlowDocument): Placed[] {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: 'TB', nodesep: 36, ranksep: 64, marginx: 24, marginy: 24 });
  graph.setDefaultEdgeLabel(() => ({}));
  const ids = new Set(document.blocks.map(({ id }) => id));
  for (const { id } of document.blocks) graph.setNode(id, { width: WIDTH, height: HEIGHT });
  for (const { id, branches } of document.blocks) {
    for (const { to } of bundled(branches)) if (ids.has(to)) graph.setEdge(id, to);
  }
  dagre.layout(graph);
  return document.blocks.map((block) => {
    const { x, y } = graph.node(block.id) as { x: number; y: number };
    return { block, x: x - WIDTH / 2, y: y - HEIGHT / 2 };
  });
}
