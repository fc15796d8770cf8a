import CKernels
import Tensors

/// A language model that reads one token after another and tells the logits of the next, from weights packed once.
///
/// In float32 it gives the bits that the model itself gives for the whole text, as long as the model looks tokens up the
/// same way. A step allocates nothing.
public final class LanguageModelStream {
  private let stack: StackStream
  private let projection: Projection
  private let output: Buffer
  public let vocabulary: Int

  /// The output layer.
  private enum Projection {
    case full(NarrowMatrix, bias: Tensor?)
    case adaptive(AdaptiveSoftmaxStream)
  }

  /// - Parameter format: of the weights that are multiplied at each step: W_hh of every layer, W_ih of those above the
  ///   first, and the output layer's. Biases, and the rows that the first layer looks up, stay float32.
  public init(_ model: LanguageModel, format: WeightFormat = .float32) {
    stack = StackStream(model.stack, embedding: model.embedding?.weight, format: format)
    vocabulary = model.configuration.vocabulary
    projection =
      if let softmax = model.adaptiveSoftmax {
        .adaptive(AdaptiveSoftmaxStream(softmax, format: format))
      } else {
        .full(NarrowMatrix(transposing: model.projection, format: format), bias: model.outputBias)
      }
    output = Buffer(count: vocabulary)
    rn_fill(output.pointer, 0, vocabulary)
  }

  /// The state after the last token, zeros at first: a value, to be kept and gone back to.
  public var state: RecurrentState {
    get { stack.state }
    set { stack.state = newValue }
  }

  /// The logits of the token after the last one read, `[vocabulary]`, which an adaptive softmax gives as
  /// log-probabilities; zeros at first. They change with the next step.
  public var logits: UnsafePointer<Float> { UnsafePointer(output.pointer) }

  /// What the output layer sees, `[outputs]`; zeros at first. It changes with the next step.
  public var hidden: UnsafePointer<Float> { stack.output }

  /// Reads a token.
  /// - Precondition: it is below the vocabulary.
  public func step(_ token: Int32) {
    precondition(token >= 0 && token < vocabulary, "token \(token) of a vocabulary of \(vocabulary)")
    stack.step(token)
    let hidden = stack.output
    switch projection {
    case .full(let weight, let bias): weight.multiply(hidden, into: output.pointer, bias: bias?.pointer)
    case .adaptive(let softmax): softmax.logProbabilities(hidden, into: output.pointer)
    }
  }

  /// The cross-entropy in nats of a token as the next one.
  /// - Precondition: it is below the vocabulary.
  public func crossEntropy(_ token: Int32) -> Float {
    precondition(token >= 0 && token < vocabulary, "token \(token) of a vocabulary of \(vocabulary)")
    return rn_cross_entropy(output.pointer, vocabulary, token)
  }
}
