/// Where a model looked while it wrote: a row for each token of the output, a column for each token of the source, the
/// darker the more it counted.
public struct AttentionMap: Sendable, Hashable {
  /// With the end, where the output has one.
  public let outputs: [String]
  public let sources: [String]
  /// `[outputs][sources]`, each from 0 to 1.
  public let weights: [[Float]]

  /// - Parameter translation: with its attention.
  public init(_ translation: Translation) {
    let ends = translation.attention.count > translation.tokens.count ? ["</s>"] : []
    outputs = translation.tokens + ends
    sources = translation.sourceTokens
    weights = translation.attention
  }

  private var heatMap: HeatMap {
    let (names, heads) = (outputs.map(VisibleToken.of), sources.map(VisibleToken.of))
    return HeatMap(rows: outputs, columns: sources, strengths: weights) { [weights] row, column in
      "\(names[row]) ← \(heads[column]): \(Int((weights[row][column] * 100).rounded())) %"
    }
  }

  /// For a terminal, with the tokens of the source written downward.
  ///
  /// - Parameter coloured: shades of blue in place of `░▒▓█`.
  public func text(coloured: Bool) -> String { heatMap.text(coloured: coloured) }

  /// A drawing by itself.
  public var svg: String { heatMap.svg }

  /// Drawings one below another, as a page of HTML.
  public static func page(_ maps: [AttentionMap]) -> String {
    """
    <!DOCTYPE html>
    <html lang="en"><head><meta charset="utf-8"><title>Where a model looked while it wrote</title>
    <style>
    body { font: 16px/1.6 system-ui, sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; color: #222; }
    figure { margin: 1.5em 0; border-bottom: 1px solid #ddd; padding-bottom: 1em; overflow-x: auto; }
    small { color: #666; }
    </style></head><body>
    <h1>Attention</h1>
    <p><small>A row for each token that was written, a column for each token that was read, the darker the more it counted. \
    Point at a field to read its weight.</small></p>

    """ + maps.map { "<figure>\n\($0.svg)</figure>" }.joined(separator: "\n") + "\n</body></html>\n"
  }
}
