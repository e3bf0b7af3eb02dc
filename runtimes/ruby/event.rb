# An event with the header of its request: as the official runtime hands it to code that reads it by itself.

module Hearth
  class Event
    attr_reader :body

    # Names have lower-case letters.
    def initialize(headers, body)
      @headers = headers
      @body = body
    end

    def [](name)
      @headers[name.downcase]
    end
  end
end
