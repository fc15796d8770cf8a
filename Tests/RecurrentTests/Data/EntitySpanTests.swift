import Recurrent
import Testing

/// The rules of conlleval, each worked by hand.
@Suite struct EntitySpanTests {
  @Test(arguments: [
    ("", ""), ("O O", ""),
    // IOB2.
    ("O B-X I-X O", "X1-3"),
    ("B-X", "X0-1"),
    ("B-X I-X", "X0-2"),
    // B right after a chunk starts another, of the same type or not.
    ("B-X B-X", "X0-1 X1-2"),
    ("B-X I-X B-X I-X", "X0-2 X2-4"),
    ("B-X B-Y", "X0-1 Y1-2"),
    // I after O, or at the start, starts a chunk.
    ("O I-X I-X O", "X1-3"),
    ("I-X", "X0-1"),
    // Another type inside a chunk ends it and starts another.
    ("B-X I-Y", "X0-1 Y1-2"),
    ("B-X I-Y I-Y I-X", "X0-1 Y1-3 X3-4"),
    ("I-X I-Y", "X0-1 Y1-2"),
    // IOB1.
    ("I-X I-X B-X I-X O I-Y", "X0-2 X2-4 Y5-6"),
    // IOBES and its other letters.
    ("S-X B-X E-X B-X I-X E-X S-X S-Y", "X0-1 X1-3 X3-6 X6-7 Y7-8"),
    ("U-X B-X L-X B-X I-X L-X", "X0-1 X1-3 X3-6"),
    ("B-X M-X E-X", "X0-3"),
    // E and S end a chunk whatever follows; E or I after them, or after O, starts one.
    ("B-X E-X I-X", "X0-2 X2-3"),
    ("S-X I-X E-X", "X0-1 X1-3"),
    ("E-X E-X", "X0-1 X1-2"),
    ("O E-X O", "X1-2"),
    ("B-X E-Y", "X0-1 Y1-2"),
    ("B-X I-X S-X", "X0-2 X2-3"),
    ("B-X O E-X", "X0-1 X2-3"),
    // Types with hyphens, none at all, and tags that are none.
    ("B-X-Y I-X-Y I-X", "X-Y0-2 X2-3"),
    ("B I O B", "0-2 3-4"),
    ("B-X ? I-X", "X0-1 X2-3"),
    ("BX Q-X -X o", ""),
  ])
  func chunks(_ tags: String, _ expected: String) {
    let spans = EntitySpan.spans(in: tags.split(separator: " ").map(String.init))
    #expect(spans.map { "\($0.type)\($0.start)-\($0.end)" }.joined(separator: " ") == expected)
  }
}
