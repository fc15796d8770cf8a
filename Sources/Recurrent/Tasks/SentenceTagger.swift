import CKernels
import Tensors

/// The tags of a sentence, and the entities that they spell.
public struct Tagging: Sendable, Hashable {
  /// In the scheme of the data that the tagger was trained on.
  public var tags: [String]
  /// For each token, how probable the tag is that the model gives it: its marginal in a conditional random field.
  public var probabilities: [Float]
  /// Empty where tags are no chunks.
  public var entities: [Entity]

  public struct Entity: Sendable, Hashable {
    public var span: EntitySpan
    /// The probability that there is an entity of this type with these bounds: exact for a conditional random field;
    /// for a softmax, the product of the probabilities of its tokens' tags.
    public var confidence: Double

    public init(span: EntitySpan, confidence: Double) {
      self.span = span
      self.confidence = confidence
    }
  }
}

/// Tags sentences with a trained tagger.
public struct SentenceTagger: Sendable {
  public let model: Tagger
  public let vocabulary: TaggerVocabulary

  public init(_ model: Tagger, _ vocabulary: TaggerVocabulary) {
    precondition(model.configuration.tags == vocabulary.tags.count, "a vocabulary of another model")
    self.model = model
    self.vocabulary = vocabulary
  }

  /// Tokens that are read at once at most; a longer sentence is read in pieces.
  public static let longestSentence = 4096
  private static let batchSize = 32

  /// The tags of each sentence. They do not depend on what else is asked for in the same call.
  ///
  /// - Throws: `TaggerError.notFinite` for parameters that no training leaves.
  public func tag(_ sentences: [[String]]) throws(TaggerError) -> [Tagging] {
    var pieces: [(sentence: Int, start: Int, encoded: EncodedSentence)] = []
    for (index, tokens) in sentences.enumerated() {
      for start in stride(from: 0, to: tokens.count, by: Self.longestSentence) {
        let piece = Array(tokens[start..<min(tokens.count, start + Self.longestSentence)])
        pieces.append((index, start, EncodedSentence(piece, vocabulary: vocabulary)))
      }
    }
    var results = [Tagging?](repeating: nil, count: pieces.count)
    for indices in LengthBatches.sorted(lengths: pieces.map(\.encoded.length), size: Self.batchSize) {
      for (index, tagging) in zip(indices, try tag(TaggerBatch(indices.map { pieces[$0].encoded }))) {
        results[index] = tagging
      }
    }
    var taggings = [Tagging](repeating: Tagging(tags: [], probabilities: [], entities: []), count: sentences.count)
    for (piece, result) in zip(pieces, results) {
      guard let result else { continue }
      taggings[piece.sentence].tags += result.tags
      taggings[piece.sentence].probabilities += result.probabilities
      taggings[piece.sentence].entities += result.entities.map { entity in
        var entity = entity
        entity.span.start += piece.start
        entity.span.end += piece.start
        return entity
      }
    }
    return taggings
  }

  private func tag(_ batch: TaggerBatch) throws(TaggerError) -> [Tagging] {
    let emissions = model.emissions(batch)
    // The kernels take sums of scores; these are a long way from what no float holds.
    let largest = [emissions, model.field?.transitions, model.field?.start, model.field?.end]
      .compactMap { $0?.sumOfSquares.squareRoot() }
    guard largest.allSatisfy({ $0 < 1e7 }) else { throw .notFinite }
    let paths = model.decode(emissions, batch)
    let probabilities = model.field.map { $0.marginals(emissions, lengths: batch.lengths) } ?? softmax(emissions)
    return paths.enumerated().map { row, path in
      let steps = { (x: Tensor) in x.slice(row..<row + 1, axis: 0).slice(0..<path.count, axis: 1) }
      return tagging(path, emissions: steps(emissions), probabilities: steps(probabilities))
    }
  }

  /// - Parameters:
  ///   - path: a tag for each token.
  ///   - emissions: `[1, time, tags]`, as the probabilities.
  private func tagging(_ path: [Int32], emissions: Tensor, probabilities: Tensor) -> Tagging {
    let spelled = vocabulary.spelled(path)
    let chosen = path.enumerated().map { probabilities.pointer[$0 * vocabulary.tags.count + Int($1)] }
    let spans = vocabulary.scheme == .plain ? [] : EntitySpan.spans(in: spelled)
    let certainties =
      model.field.map { confidences(spans, path, emissions, $0) }
      ?? spans.map { chosen[$0.start..<$0.end].reduce(1) { $0 * Double($1) } }
    return Tagging(
      tags: spelled, probabilities: chosen,
      entities: zip(spans, certainties).map { Tagging.Entity(span: $0, confidence: $1) })
  }

  private func softmax(_ emissions: Tensor) -> Tensor {
    let tags = vocabulary.tags.count
    return Tensor(shape: emissions.shape) { y in
      for start in stride(from: 0, to: emissions.count, by: tags) {
        rn_softmax(emissions.pointer + start, y + start, tags)
      }
    }
  }

  /// A score that leaves a tag no probability beside any that `tag` lets pass.
  private static let impossible: Float = -1e9

  /// The part of all paths, by probability, that has an entity: -log p of the best path falls by as much when all other
  /// paths are taken away.
  ///
  /// - Parameters:
  ///   - path: the best one.
  ///   - emissions: `[1, time, tags]`
  private func confidences(
    _ spans: [EntitySpan], _ path: [Int32], _ emissions: Tensor, _ field: ConditionalRandomField
  ) -> [Double] {
    if spans.isEmpty { return [] }
    let (time, tags) = (path.count, vocabulary.tags.count)
    let rows = Tensor(shape: [spans.count + 1, time, tags]) { rows in
      for (row, span) in (spans.map(Optional.some) + [nil]).enumerated() {
        let rows = rows + row * time * tags
        rows.update(from: emissions.pointer, count: time * tags)
        guard let span else { continue }
        for t in span.start..<span.end {
          for tag in 0..<tags where tag != Int(path[t]) { rows[t * tags + tag] = Self.impossible }
        }
        // What would go on with the entity.
        if span.end < time {
          for (tag, text) in vocabulary.tags.enumerated() where text == "I-" + span.type || text == "I" {
            rows[span.end * tags + tag] = Self.impossible
          }
        }
      }
    }
    let losses = field.negativeLogLikelihood(rows, tags: (0...spans.count).flatMap { _ in path })
    return spans.indices.map { min(1, Double.exp(Double(losses.pointer[$0]) - Double(losses.pointer[spans.count]))) }
  }
}
